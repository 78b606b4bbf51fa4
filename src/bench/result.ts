import type { FinishStatus, Mode } from '../agent/events.ts';
import type { BenchScenario } from './scenario.ts';

/**
 * How a run may ask questions. `code-two-turns`: code mode whose scripts never end the question themselves, so that the
 * model reads what they say and answers in a turn of its own. `tools-sequential`: tools mode with one call an answer.
 * `tools-same-calls` and `tools-same-calls-sequential`: tools mode that makes the very calls of the code run, which
 * is what the meter predicts.
 */
export const BENCH_MODES = [
  'code',
  'code-two-turns',
  'tools',
  'tools-sequential',
  'auto',
  'tools-same-calls',
  'tools-same-calls-sequential',
] as const;
export type BenchMode = (typeof BENCH_MODES)[number];
/** Those that a person compares; the others check the meter. */
export const USUAL_MODES: readonly BenchMode[] = BENCH_MODES.filter(mode => !followsCode(mode));

/** Whether its runs do what the code run of the same scenario, model and repeat did. */
export function followsCode(mode: BenchMode): boolean {
  return mode.startsWith('tools-same-calls');
}

/** One way of working that is compared with the others: a mode, or another MCP server's tools, with one model. */
export interface BenchColumn {
  /** Names the column in the report: `code`, `kubernetes-mcp-server`, with several models `tools · ollama:qwen3:8b`. */
  id: string;
  label: string;
  mode: BenchMode;
  /** `scripted`, `offline`, `anthropic:<id>`, `ollama:<id>`, `recorded`. */
  model: string;
  /** The MCP server whose tools replace kv's own. */
  peer?: string;
}

/** One request to the model and what came back. Tokens. */
export interface TurnFigures {
  mode: Mode;
  /** All that the model read: fresh, read from and written to a cache. The context's size at this turn. */
  input: number;
  /** Of `input`, what came from the provider's cache. */
  cached: number;
  output: number;
  /** True where the provider reported nothing and kv counted the real request. */
  estimated: boolean;
  /** Tool calls in the answer, or calls of its script. */
  calls: number;
  durationMs: number;
}

/** What the meter predicts for the same calls in tools mode, in input tokens over all turns. */
export interface Prediction {
  /** Calls that do not depend on each other go out together. */
  batched: number;
  /** One call an answer. */
  sequential: number;
}

/** One run of one scenario in one column. */
export interface RunResult {
  scenario: string;
  column: string;
  /** 1-based. */
  repeat: number;
  status: FinishStatus;
  /** Why it did not end with an answer. */
  message?: string;
  /** The report or answer as a person reads it. */
  answer: string;
  correct: boolean;
  /** Patterns of `expect` that the answer does not match, and of `forbid` that it does. */
  missed: string[];
  forbidden: string[];
  /** Quotes of the report, and how many of them a recorded call really returned. */
  evidence: { grounded: number; total: number };
  turns: TurnFigures[];
  /** Sums over the turns, in tokens. */
  input: number;
  cached: number;
  output: number;
  estimated: boolean;
  calls: number;
  /** US dollars; undefined where the model's price is unknown. */
  costUsd?: number;
  durationMs: number;
  /** Of that: the model's own time, and calls that wait for something to happen. */
  modelMs: number;
  waitMs: number;
  approvals: { allowed: number; denied: number };
  predicted?: Prediction;
  /** Steps of the timeline that could not be made, answers of setup and teardown: what makes the run doubtful. */
  doubts: string[];
}

/** A scenario that a column cannot work on, and why. */
export interface NotCovered {
  scenario: string;
  column: string;
  why: string;
}

/** Middle and ends over the repeats of one scenario in one column. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** All repeats of one scenario in one column. */
export interface Cell {
  column: string;
  runs: number;
  correct: number;
  input: Spread;
  cached: Spread;
  output: Spread;
  turns: Spread;
  calls: Spread;
  seconds: Spread;
  waitSeconds: Spread;
  /** Absent where a price is unknown. */
  costUsd?: Spread;
  evidence: { grounded: number; total: number };
  /** Medians of what code mode's runs predicted for tools mode. */
  predicted?: Prediction;
}

/** How the columns of one model compare; each is a quotient of median input tokens. */
export interface Factors {
  model: string;
  /** Tools mode over code mode: how many times more it reads. */
  batched?: number;
  sequential?: number;
  /** Tools mode over code mode that always takes a second turn. */
  twoTurns?: number;
  /**
   * The meter's prediction over a real tools run, of the policy for tools mode or of the code run's same calls: 1 is
   * exact. Over several scenarios it is 1 plus the median distance from 1, so that errors of both signs do not cancel
   * out.
   */
  predictedBatched?: number;
  predictedSequential?: number;
  predictedSameCalls?: number;
  predictedSameCallsSequential?: number;
  /** Auto mode over the cheaper of code and tools: 1 or less is as it should be. */
  auto?: number;
  /** Each peer's column over code mode. */
  peers: Record<string, number>;
}

export interface ScenarioSummary extends Pick<BenchScenario, 'id' | 'title' | 'question' | 'kind'> {
  cells: Cell[];
  factors: Factors[];
}

/** The scenarios of one kind: how many, and the medians of their factors. */
export interface KindSummary {
  kind: BenchScenario['kind'];
  scenarios: number;
  factors: Factors[];
}

/** Everything of one column: right answers, and medians over its scenarios' medians. */
export interface ColumnSummary {
  column: string;
  scenarios: number;
  runs: number;
  correct: number;
  input: Spread;
  output: Spread;
  turns: Spread;
  seconds: Spread;
  costUsd?: Spread;
}

/** The benchmark's result as JSON has it. `v` changes when a field changes its meaning. */
export interface BenchReport {
  v: 1;
  kv: string;
  /** ISO 8601, when the first run began. */
  at: string;
  /** What a person types to repeat it. */
  command: string;
  /** `linux x64, Node v24.21.0, 2 cores`. */
  machine: string;
  columns: BenchColumn[];
  scenarios: ScenarioSummary[];
  overall: { columns: ColumnSummary[]; factors: Factors[]; kinds: KindSummary[] };
  notCovered: NotCovered[];
  runs: RunResult[];
}
