import {
  type BudgetState,
  type Budgets,
  budgetStates,
  isRules,
  shareOf,
  takesFrom,
  type Used,
  usedOf,
  WARN_AT,
} from './budget.ts';
import type { Period } from './budget-period.ts';
import type { BudgetWebhook } from './budget-webhook.ts';
import { exceededText, raiseHint, unknownPriceText, warningText } from './budget-words.ts';
import { costOf, type UsageReport } from './meter.ts';
import { type PriceTable, priceOf } from './prices.ts';
import type { Account, AccountEntry } from './spending-account.ts';
import { SpendingLedger } from './spending-ledger.ts';
import { ThresholdNotices } from './spending-notices.ts';

/** One answer of a model; `at` is Unix milliseconds. */
export interface SpentTurn extends UsageReport {
  session: string;
  at: number;
  mode: string;
}

export interface SpendingWord {
  level: 'warning' | 'exceeded';
  text: string;
  /** The budget that is used so far; absent for what else there is to say. */
  scope?: BudgetState['scope'];
  hint?: string;
}

export interface SpendingOptions {
  budgets: Budgets;
  /** Share of a limit from which on a person is warned; 0.8 when absent. */
  warnAt?: number;
  prices: PriceTable;
  account: Account;
  webhook?: BudgetWebhook;
  now(): number;
}

/** Keeps account of what one session spends, and holds the budgets, which all sessions share. */
export interface AccountedSpending {
  /** Starts a question to `model`. An `exceeded` word means that nothing may be sent to it. */
  begin(model: UsageReport['model']): SpendingWord[];
  /** Counts one answer (those of the offline rules are none). An `exceeded` word means that it was the last one of this question. */
  add(spent: SpentTurn): SpendingWord[];
  /** Waits for webhooks under way (5 seconds at most); resolves to failures that nobody was told of yet. */
  settle(): Promise<string[]>;
}

/** Budgets in the calendar of the process's time zone, held against the account. */
export function createSpending(options: SpendingOptions): AccountedSpending {
  return new Spending(options);
}

class Spending implements AccountedSpending {
  readonly #options: SpendingOptions;
  readonly #ledger: SpendingLedger;
  readonly #notices: ThresholdNotices;
  readonly #warnAt: number;
  /** What was said once and is not said again. */
  readonly #said = new Set<string>();
  #investigation: AccountEntry[] = [];

  constructor(options: SpendingOptions) {
    this.#options = options;
    this.#warnAt = options.warnAt ?? WARN_AT;
    this.#ledger = new SpendingLedger(options.account);
    this.#notices = new ThresholdNotices(options.account, options.webhook, this.#warnAt);
  }

  begin(model: UsageReport['model']): SpendingWord[] {
    this.#investigation = [];
    this.#said.delete('perInvestigation.usd');
    this.#said.delete('perInvestigation.tokens');
    return this.#words(model, this.#options.now());
  }

  add(spent: SpentTurn): SpendingWord[] {
    if (isRules(spent.model.provider)) return [];
    const entry = entryOf(spent, this.#options.prices);
    this.#investigation.push(entry);
    this.#ledger.add(entry);
    return this.#words(spent.model, spent.at);
  }

  settle(): Promise<string[]> {
    return this.#notices.settle();
  }

  #words(model: UsageReport['model'], at: number): SpendingWord[] {
    const { budgets, prices } = this.#options;
    const states = budgetStates(budgets, (_scope, period) => this.#used(period), at).filter(state =>
      takesFrom(state.unit, model, prices),
    );
    for (const state of states) this.#notices.tell(state, at);
    return [
      ...this.#unknownPrice(model, states),
      ...states.flatMap(state => this.#wordOf(state)),
      ...this.#failures(),
    ];
  }

  #used(period: Period | undefined): Used {
    return usedOf(period ? this.#ledger.totals(period) : this.#ledger.totalsOf(this.#investigation));
  }

  #wordOf(state: BudgetState): SpendingWord[] {
    const { scope } = state;
    const share = shareOf(state);
    if (share >= 1) return [{ level: 'exceeded', text: exceededText(state), scope, hint: raiseHint(state) }];
    if (share < this.#warnAt) return [];
    const key = [state.scope, state.unit].join('.') + (state.period ? `@${state.period.key}` : '');
    return this.#once(key, () => warningText(state)).map(word => ({ ...word, scope }));
  }

  #unknownPrice(model: UsageReport['model'], states: BudgetState[]): SpendingWord[] {
    const inDollars = states.filter(state => state.unit === 'usd');
    if (inDollars.length === 0 || priceOf(model, this.#options.prices)) return [];
    return this.#once(`price of ${model.id}`, () => unknownPriceText(model.id, inDollars));
  }

  #failures(): SpendingWord[] {
    const { failure } = this.#ledger;
    const account = failure === undefined ? [] : this.#once('account', () => failure);
    return [...account, ...this.#notices.takeFailures().map(text => ({ level: 'warning', text }) as const)];
  }

  #once(key: string, text: () => string): SpendingWord[] {
    if (this.#said.has(key)) return [];
    this.#said.add(key);
    return [{ level: 'warning', text: text() }];
  }
}

function entryOf(spent: SpentTurn, prices: PriceTable): AccountEntry {
  const { session, turn, at, mode, model, usage } = spent;
  return {
    at,
    session,
    turn,
    provider: model.provider,
    model: model.id,
    mode,
    input: usage.inputTokens,
    output: usage.outputTokens,
    cacheRead: usage.cacheReadTokens,
    cacheWrite: usage.cacheWriteTokens,
    estimated: usage.estimated,
    costUsd: costOf(spent, prices) ?? null,
  };
}
