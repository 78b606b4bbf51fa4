/** The port between the agent and the sealed script runtime. Only JSON strings cross into and out of a script. */
export interface Sandbox {
  /** Starts what checks and runs will need, in the background; without it the first of them does. */
  warm(): void;
  /** Type-checks a script against the catalog's declarations. Nothing runs. */
  check(code: string, signal: AbortSignal): Promise<CheckResult>;
  /** Runs a script in a fresh instance. Never rejects for what the script does: that is in the outcome. */
  run(script: ScriptRun): Promise<ScriptOutcome>;
  close(): Promise<void>;
}

export interface ScriptRun {
  /** TypeScript; top-level `await` and `return` allowed. */
  code: string;
  /** The one host primitive. Resolves to JSON text; rejects with an Error whose message the script may catch. */
  call: HostCall;
  limits: SandboxLimits;
  signal: AbortSignal;
  /** Lets calls stop the wall clock while they wait for a person. Made with `createScriptClock()`, one a script. */
  clock?: ScriptClock;
  onConsole?: (line: ConsoleLine) => void;
}

/** The wall clock of one script, as its calls may stop it. */
export interface ScriptClock {
  /** Stops the clock until the returned function is called. Pauses nest; calling the function again does nothing. */
  pauseWall(): () => void;
  readonly paused: boolean;
  /** Hears of every change of `paused`; returns how to stop listening. One listener (the sandbox) is enough. */
  onChange(listener: () => void): () => void;
}

export type HostCall = (call: HostCallRequest, signal: AbortSignal) => Promise<string>;

export interface HostCallRequest {
  /** 1-based, in the order the script made them. */
  id: number;
  /** Capability name: `k8s.logs`. */
  name: string;
  /** JSON text of the parameters object. */
  args: string;
  /** Where in the model's own source the call stands (1-based). */
  line: number;
  column: number;
  /** The call whose answer made the script go on and make this one; 0 before any was answered. */
  after: number;
}

export interface ConsoleLine {
  level: 'log' | 'warn' | 'error';
  text: string;
}

export interface SandboxLimits {
  memoryBytes: number;
  /** Active CPU time: the clock stands while the script only waits for calls. */
  cpuMs: number;
  /** Wall time, without what `ScriptRun.clock` was paused for. */
  wallMs: number;
  /** Calls in all; `sleep` counts too. One more ends the script. */
  maxCalls: number;
  /** Calls in flight; more wait for their turn. */
  maxConcurrentCalls: number;
  /** What one call may return. The script may catch the error. Also bounds what the script itself returns. */
  maxResultBytesPerCall: number;
  maxResultBytesTotal: number;
  /** Console output beyond this is dropped, which a last line says. */
  maxConsoleBytes: number;
}

export interface CheckResult {
  ok: boolean;
  /** What the model is told, code frames included; '' when ok. */
  message: string;
  diagnostics: Array<{ code: number; message: string; line: number; column: number }>;
  durationMs: number;
}

/** Named so that the model, the UI and the tests can tell every limit apart. */
export type ScriptErrorName =
  | 'SyntaxError'
  | 'RuntimeError'
  | 'CallError'
  | 'MemoryLimitError'
  | 'CpuLimitError'
  | 'WallTimeLimitError'
  | 'CallLimitError'
  | 'ResultLimitError'
  | 'StackLimitError'
  | 'DeadlockError'
  | 'CancelledError';

export interface ScriptError {
  name: ScriptErrorName;
  message: string;
  line?: number;
  column?: number;
  /** Three lines of the model's source with a caret. */
  frame?: string;
  /** The call that failed, where one did. */
  call?: { id: number; name: string };
}

export interface ScriptStats {
  durationMs: number;
  cpuMs: number;
  calls: number;
  memoryBytes: number;
}

export interface ScriptOutcome {
  /** JSON text of what the script returned; undefined when it returned nothing. */
  result?: string;
  /** The script returned `finish(text)`: `result` is the JSON text of its closing words. */
  closing?: true;
  error?: ScriptError;
  console: ConsoleLine[];
  /** Calls that nobody awaited, as `name (line N)`. */
  unawaited: string[];
  stats: ScriptStats;
}
