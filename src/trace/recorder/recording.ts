/** What to record. Durations in the unit of their name, sizes bytes. */
export interface RecordingOptions {
  /** Path of kv-tracer. */
  helper: string;
  /** The file to write; must not exist. */
  output: string;
  pids: readonly number[];
  /** Control groups, as paths below the mount of the hierarchy: all processes in them, and who joins later. */
  cgroups: readonly string[];
  /** Started once the probes wait for it, and recorded with its descendants. */
  command: readonly string[];
  all: boolean;
  stacks: boolean;
  /** Off-CPU stretches and what the kernel did. */
  host: boolean;
  nccl: boolean;
  minDurationUs: number;
  /** Sends every nth short call besides; 0: none. */
  sample: number;
  durationS: number | undefined;
  maxBytes: number;
}

/** A recording that goes on. `done` resolves when the file is complete, and rejects where nothing could be recorded. */
export interface Recording {
  readonly done: Promise<RecordingSummary>;
  /** Of the command that was started; undefined without one. Resolves with its exit code, or 128 + signal. */
  readonly command: { pid: number; exited: Promise<number> } | undefined;
  /** Called about twice a second, from the moment of the call on. Returns what ends that. */
  watch(listener: (now: LiveTrace) => void): () => void;
  /** Ends it in order; safe to call again. */
  stop(): Promise<RecordingSummary>;
}

export interface RecordingSummary {
  path: string;
  durationMs: number;
  bytes: number;
  calls: number;
  switches: number;
  /** Calls seen, kept as rows or not. */
  seen: number;
  dropped: DropTotal[];
  /** Exit code of the command that was started, or 128 + signal; undefined: there was none, or it still runs. */
  exitCode: number | undefined;
  /** In sentences: what could not be recorded, and what to do. */
  notes: string[];
}

export interface DropTotal {
  place: string;
  count: number;
}

/** What a live view shows; everything since the recording began, where nothing else is said. */
export interface LiveTrace {
  elapsedMs: number;
  state: 'waiting' | 'recording' | 'ending';
  /** Longest total first. */
  functions: LiveFunction[];
  processes: LiveProcess[];
  gpus: LiveGpu[];
  /** The ones that cost most time first, from what has been recorded lately. */
  chains: string[];
  /** Calls a second seen by the probes lately. */
  callsPerSecond: number;
  /** Records a second written lately. */
  rowsPerSecond: number;
  dropped: DropTotal[];
  fileBytes: number;
  /** Share of one CPU that the helper and the writer use. */
  overhead: number;
  /** Share of the traced time that the probes themselves took, estimated by calls × cost of a probed call. */
  probeShare: number;
  notes: string[];
}

export interface LiveFunction {
  fn: string;
  layer: string;
  calls: number;
  totalMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  errors: number;
  /** Calls in each of the last seconds, oldest first. */
  perSecond: number[];
}

export interface LiveProcess {
  pid: number;
  name: string;
  pod: string | undefined;
  callsPerSecond: number;
  /** Share of the last seconds that its busiest calling thread was off its CPU though ready to run. */
  waitingForCpu: number;
}

export interface LiveGpu {
  name: string;
  utilPct: number | undefined;
  memoryBytes: number | undefined;
  memoryTotalBytes: number | undefined;
}
