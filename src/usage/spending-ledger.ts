import type { Period } from './budget-period.ts';
import type { Account, AccountEntry, AccountTotal } from './spending-account.ts';

/**
 * The account, as one session writes and reads it. What cannot be written is kept and written with the next answer;
 * until then it counts here and nowhere else. Never throws.
 */
export class SpendingLedger {
  readonly #account: Account;
  readonly #known = new Map<string, AccountTotal[]>();
  #unsaved: AccountEntry[] = [];
  #failure: string | undefined;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Why the account could not be used, as a sentence; undefined as long as it could. */
  get failure(): string | undefined {
    return this.#failure;
  }

  add(entry: AccountEntry): void {
    this.#unsaved.push(entry);
    this.#try(() => {
      for (let next = this.#unsaved[0]; next; next = this.#unsaved[0]) {
        this.#account.add(next);
        this.#unsaved.shift();
      }
    });
  }

  /** Of all sessions within the period, as far as known. */
  totals(period: Period): AccountTotal[] {
    this.#try(() => this.#known.set(period.key, this.#account.totals(period.from, period.to)));
    const unsaved = this.#unsaved.filter(entry => entry.at >= period.from && entry.at < period.to);
    return [...(this.#known.get(period.key) ?? []), ...this.totalsOf(unsaved)];
  }

  totalsOf(entries: readonly AccountEntry[]): AccountTotal[] {
    return entries.map(entry => ({
      provider: entry.provider,
      model: entry.model,
      tokens: entry.input + entry.output + entry.cacheRead + entry.cacheWrite,
      costUsd: entry.costUsd ?? 0,
      unpriced: entry.costUsd === null ? 1 : 0,
    }));
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#failure ??= `What this session spends cannot be recorded, so budgets count it here only: ${why}`;
    }
  }
}
