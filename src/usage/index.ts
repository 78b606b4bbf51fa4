export {
  type Budget,
  type BudgetScope,
  type BudgetState,
  type Budgets,
  type BudgetUnit,
  budgetStates,
  shareOf,
  usedOf,
  WARN_AT,
} from './budget.ts';
export { dayKey, lastDays, type Period, periodOf } from './budget-period.ts';
export { type BudgetWebhook, createBudgetWebhook } from './budget-webhook.ts';
export { amount, dollars } from './budget-words.ts';
export { countSampled } from './count-sampled.ts';
export {
  type CallAsTool,
  type Counterfactual,
  closeQuestion,
  countCall,
  counterfactualOf,
  countTurn,
  emptyLedger,
  knowBase,
  type Ledger,
  openQuestion,
  type RoadFigures,
  type ToolsBase,
} from './counterfactual.ts';
export { estimateTokens, loadTokenEstimator, type TokenEstimator } from './estimate-tokens.ts';
export {
  costOf,
  emptyMeter,
  type Meter,
  meterUsage,
  promptOf,
  type ReportedUsage,
  type TokenCounts,
  type TurnUsage,
  totalTokens,
  type UsageReport,
} from './meter.ts';
export { MESSAGE_TOKENS, TOOL_CALL_TOKENS, TOOL_RESULT_TOKENS, TOOL_SPEC_TOKENS } from './overheads.ts';
export type { Parts } from './parts.ts';
export {
  type ModelPrice,
  type OwnPrice,
  PRICES,
  PRICES_AS_OF,
  type PriceTable,
  priceOf,
  type Rates,
  withOwnPrices,
} from './prices.ts';
export { type AccountedSpending, createSpending, type SpendingOptions } from './spending.ts';
export type { Account, AccountEntry } from './spending-account.ts';
