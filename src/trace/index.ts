export { CAUSES } from './analysis/cause.ts';
export { type Chain, chains } from './analysis/chains.ts';
export { type ComparedFunction, compareTraces } from './analysis/compare.ts';
export type { Finding } from './analysis/finding.ts';
export { findings } from './analysis/findings.ts';
export { type LaunchGap, launchGaps } from './analysis/gaps.ts';
export { lateRanks } from './analysis/late-ranks.ts';
export { type LiveSite, type MemoryReport, memoryReport } from './analysis/memory.ts';
export { type ProcessRow, processes } from './analysis/processes.ts';
export type { StackNode } from './analysis/stack-tree.ts';
export {
  type CallSite,
  type FunctionStacks,
  type StackQuery,
  type StackReport,
  stackReport,
} from './analysis/stacks.ts';
export { type Starvation, starvation } from './analysis/starvation.ts';
export {
  type AggregateSum,
  type AggregateTotal,
  aggregateSums,
  aggregateTotals,
  type FunctionStats,
  functionStats,
} from './analysis/stats.ts';
export { type StoredChain, storedChains, summarizeStored } from './analysis/stored-chains.ts';
export { type Timeline, timeline } from './analysis/timeline.ts';
export type { TraceInfo, TraceReader } from './model.ts';
export { openTrace } from './open.ts';
export type { SqlAnswer } from './sql/protocol.ts';
export { DEFAULT_SQL_LIMITS, runSql, type SqlLimits } from './sql/run.ts';
export { noTraces, openTraces, type Trace, type Traces } from './traces.ts';
export { VIEW_COLUMNS } from './views.ts';
