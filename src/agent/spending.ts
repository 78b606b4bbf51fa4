import type { TokenUsage } from '../llm/port.ts';
import type { Mode } from './events.ts';

/** One answer of a model, as budgets count it. */
export interface Spent {
  session: string;
  turn: number;
  at: number;
  mode: Mode;
  model: { provider: string; id: string };
  usage: TokenUsage;
}

/** What a budget has to say after a turn. */
export interface BudgetWord {
  level: 'warning' | 'exceeded';
  /** One sentence: which budget, how much of it is used. */
  text: string;
}

/**
 * Keeps account of what sessions spend, and knows the budgets. `begin` starts a question (the `investigation` of
 * the budget per investigation) and says what is exhausted already; `add` counts one turn and returns each
 * threshold once, when it is crossed.
 */
export interface Spending {
  begin(): BudgetWord[];
  add(spent: Spent): BudgetWord[];
}

/** No budgets, no account. */
export const UNLIMITED: Spending = { begin: () => [], add: () => [] };
