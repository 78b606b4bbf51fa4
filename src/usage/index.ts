export { estimateTokens, loadTokenEstimator, type TokenEstimator } from './estimate-tokens.ts';
export {
  costOf,
  emptyMeter,
  type Meter,
  meterUsage,
  type ReportedUsage,
  type TokenCounts,
  type TurnUsage,
  totalTokens,
  type UsageReport,
} from './meter.ts';
export { type ModelPrice, PRICES, PRICES_AS_OF, type PriceTable, priceOf, type Rates } from './prices.ts';
