import type { AgentEvent } from '../../agent/events.ts';
import type { PlannedRun, RunGroup } from '../plan.ts';
import type { RunResult } from '../result.ts';

/** Everything that happens while a benchmark runs, in order. */
export type BenchEvent =
  /** Runs of a group begin; 1-based `index` among `total` groups. */
  | { type: 'group-started'; group: RunGroup; index: number; total: number }
  | { type: 'run-started'; run: PlannedRun }
  /** An event of the run's session. */
  | { type: 'event'; run: PlannedRun; event: AgentEvent }
  | { type: 'run-finished'; run: PlannedRun; result: RunResult };
