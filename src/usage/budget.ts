import { type Period, type PeriodKind, periodOf } from './budget-period.ts';
import { type PriceTable, priceOf } from './prices.ts';
import type { AccountTotal } from './spending-account.ts';

/** What may be used: tokens that the model reads and writes (caches included), US dollars, or both. */
export interface Budget {
  tokens?: number;
  usd?: number;
}

export type BudgetScope = 'perInvestigation' | 'perDay' | 'perMonth';
export type BudgetUnit = 'tokens' | 'usd';

/** Budgets of one question, one local calendar day and one local calendar month, any subset. */
export type Budgets = Partial<Record<BudgetScope, Budget>>;

/** Share of a budget from which on a person is warned. */
export const WARN_AT = 0.8;

export const PERIODS = { perDay: 'day', perMonth: 'month' } as const satisfies Partial<
  Record<BudgetScope, PeriodKind>
>;

/** One limit, and how much of it is used. */
export interface BudgetState {
  scope: BudgetScope;
  unit: BudgetUnit;
  limit: number;
  used: number;
  /** Absent for the budget of one investigation. */
  period?: Period;
}

/** Tokens and dollars used, as budgets count them. */
export type Used = Required<Budget>;

interface Model {
  provider: string;
  id: string;
}

/** What counts against budgets: tokens of every model, local ones too; dollars where the price is known. */
export function usedOf(totals: readonly AccountTotal[]): Used {
  return {
    tokens: totals.reduce((sum, total) => sum + total.tokens, 0),
    usd: exact(totals.reduce((sum, total) => sum + total.costUsd, 0)),
  };
}

/** Whether using `model` takes anything from budgets in `unit`; a model of unknown price is not taken for free. */
export function takesFrom(unit: BudgetUnit, model: Model, prices: PriceTable): boolean {
  if (isRules(model.provider)) return false;
  if (unit === 'tokens') return true;
  const price = priceOf(model, prices);
  return price === undefined || price.input > 0 || price.output > 0;
}

/** The offline rules read and write no tokens; what is estimated for them is what a model would have used. */
export function isRules(provider: string): boolean {
  return provider === 'offline';
}

/** Every limit that is set, those that renew latest first. */
export function budgetStates(
  budgets: Budgets,
  used: (scope: BudgetScope, period: Period | undefined) => Used,
  now: number,
): BudgetState[] {
  return (['perMonth', 'perDay', 'perInvestigation'] as const).flatMap(scope => {
    const budget = budgets[scope];
    if (budget?.tokens === undefined && budget?.usd === undefined) return [];
    const period = scope === 'perInvestigation' ? undefined : periodOf(PERIODS[scope], now);
    const amounts = used(scope, period);
    return (['usd', 'tokens'] as const).flatMap(unit => {
      const limit = budget[unit];
      return limit === undefined ? [] : [{ scope, unit, limit, used: amounts[unit], period }];
    });
  });
}

/** Share of the limit that is used. */
export function shareOf(state: BudgetState): number {
  return exact(state.used / state.limit);
}

/** Ten times $0.10 is $1, not a 16th digit less. */
function exact(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
