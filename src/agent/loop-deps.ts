import type { LanguageModel, ModelMessage, TokenUsage } from '../llm/port.ts';
import type { ContextBudget } from './context/budget.ts';
import type { Journal } from './journal.ts';
import type { QuestionLimits } from './limits.ts';
import type { Measure } from './measure.ts';
import type { InvestigationMode } from './modes/mode.ts';
import type { BudgetWord } from './spending.ts';

/** The budgets, as one question meets them. */
export interface QuestionSpending {
  begin(): BudgetWord[];
  add(turn: number, usage: TokenUsage): BudgetWord[];
}

/** Everything that work on one question needs from its session. */
export interface LoopDeps {
  model: LanguageModel;
  mode: InvestigationMode;
  measure: Measure;
  spending: QuestionSpending;
  journal: Journal;
  limits: QuestionLimits;
  /** The conversation so far; the loop appends to it. */
  history: ModelMessage[];
  /** Keeps `history` small enough. */
  context: ContextBudget;
  /** The next turn's number within the session. */
  nextTurn(): number;
  /** Calls made in the session so far. */
  callCount(): number;
  /** The namespace of what names none. */
  namespace: string | undefined;
  redactText(text: string): string;
  now(): number;
}
