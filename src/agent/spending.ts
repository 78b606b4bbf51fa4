import type { TokenUsage } from '../llm/port.ts';
import type { BudgetScope, Mode } from './events.ts';

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
  /** One sentence: which budget, how much of it is used, when it renews. */
  text: string;
  /** Absent where the word is not about how much is used. */
  scope?: BudgetScope;
  /** What to do next. */
  hint?: string;
}

/**
 * Keeps account of what sessions spend, and knows the budgets. `begin` starts a question (the `investigation` of
 * the budget per investigation) to a model and says what is exhausted for it already; `add` counts one turn,
 * warns once about each budget, and says after every turn what is exceeded. Neither throws or waits.
 */
export interface Spending {
  begin(model: Spent['model']): BudgetWord[];
  add(spent: Spent): BudgetWord[];
}

/** No budgets, no account. */
export const UNLIMITED: Spending = { begin: () => [], add: () => [] };
