export { loadScenarios } from './load/load-scenarios.ts';
export { oneAtATime } from './model/one-at-a-time.ts';
export { recordWithoutTime, replayWithoutTime } from './model/stable-time.ts';
export { identifyPeer } from './peer/identify.ts';
export {
  type BenchPlan,
  type PlannedRun,
  type PlannedScenario,
  planBench,
  type RunGroup,
} from './plan.ts';
export { createPolicyModel } from './policy-model.ts';
export { htmlReport } from './report/html/page.ts';
export { markdownReport } from './report/markdown.ts';
export { reasonOf, remarks } from './report/notes.ts';
export { type BenchFacts, summarize } from './report/summary.ts';
export { columnTable, scenarioTable } from './report/tables.ts';
export { textReport } from './report/text.ts';
export type * from './result.ts';
export { BENCH_MODES, USUAL_MODES } from './result.ts';
export type { BenchEvent } from './run/events.ts';
export { type BenchPace, runBench } from './run/run-bench.ts';
export type { RunDeps } from './run/run-one.ts';
