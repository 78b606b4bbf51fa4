export { runTraceView } from './run-trace-view.ts';
export type { TraceTarget, TraceViewOptions, WatchTrace } from './types.ts';
