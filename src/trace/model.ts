/** What a trace file of any format answers. Times: nanoseconds since its first event. Durations: nanoseconds. */
export interface TraceReader {
  readonly info: TraceInfo;
  /** Rows of one of the views of `views.ts`; `tail` is SQL after the table name, `values` its parameters. */
  select<T>(view: ViewName, tail?: string, values?: readonly (number | string)[]): T[];
  /** The same, row by row, for what may be long. */
  iterate<T>(view: ViewName, tail?: string, values?: readonly (number | string)[]): IterableIterator<T>;
  /** A query over several views. */
  query<T>(sql: string, values?: readonly (number | string)[]): T[];
  /** The same, row by row as arrays, for many rows; texts come as they are in the file, not cleaned. */
  rows<T extends unknown[]>(sql: string, values?: readonly (number | string)[]): IterableIterator<T>;
  close(): void;
}

export type ViewName =
  | 'trace_calls'
  | 'trace_off_cpu'
  | 'trace_events'
  | 'trace_aggregates'
  | 'trace_totals'
  | 'trace_stacks'
  | 'trace_processes'
  | 'trace_chains'
  | 'trace_gpus'
  | 'trace_samples'
  | 'trace_drops'
  | 'trace_libraries'
  | 'trace_gpu_work'
  | 'trace_ranges';

export type TraceFormat = 'kv' | 'ingero' | 'nsight';

export interface TraceInfo {
  path: string;
  format: TraceFormat;
  formatVersion: string;
  /** ISO 8601; absent where the file does not say. */
  startedAt?: string;
  durationMs: number;
  calls: number;
  switches: number;
  host?: string;
  cpuCores?: number;
  cpuModel?: string;
  kernel?: string;
  /** What limits what can be concluded from the file, in sentences. */
  notes: string[];
}

/** Half open: `from` is in, `to` is not. */
export interface TraceWindow {
  from: number;
  to: number;
}

export type CallKind =
  | 'alloc'
  | 'free'
  | 'launch'
  | 'copy'
  | 'sync'
  | 'graph'
  | 'module'
  | 'stream'
  | 'context'
  | 'collective'
  | 'io'
  | 'net'
  | 'host'
  | 'other';

export interface TraceCall {
  id: number;
  pid: number;
  tid: number;
  fn: string;
  layer: string;
  kind: CallKind;
  start: number;
  dur: number;
  bytes: number | null;
  direction: string | null;
  stream: number | null;
  ret: number;
  /** The call around this one; null where it is outermost, or the file does not say. */
  parent: number | null;
  /** Name of the kernel that a launch started. */
  kernel: string | null;
}

/** One stretch of a thread off its CPU. */
export interface OffCpu {
  pid: number;
  tid: number;
  start: number;
  dur: number;
  /** The kernel's letter: R, S, D…; null where the file does not say. */
  state: string | null;
  /** Part of `dur` that the thread was ready to run; null where the file does not say. */
  runnable: number | null;
  /** Who got the CPU that it left; 0 is the idle task. */
  next_pid: number | null;
  /** Who had the CPU that it came back to. */
  last_pid: number | null;
  waker_pid: number | null;
  /** x86-64 number of the system call that it blocked in; null: in none, or the file does not say. */
  syscall: number | null;
}
