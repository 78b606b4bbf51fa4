import type { HostCallRequest, SandboxLimits, ScriptErrorName } from './port.ts';

/** What a worker is started with. The compiled module is shared between workers, code included. */
export interface WorkerInit {
  wasm: WebAssembly.Module;
  catalogNames: string[];
  /** CPU clock that the main thread can read while the worker does not answer; see `cpu-clock.ts`. */
  clock: SharedArrayBuffer;
}

export type ToWorker =
  | { type: 'run'; code: string; limits: SandboxLimits }
  | { type: 'settle'; id: number; ok: true; json: string }
  | { type: 'settle'; id: number; ok: false; error: CallFailure };

/** A rejected call as it enters the script; `facts` are JSON-able fields of the original error. */
export interface CallFailure {
  name: string;
  message: string;
  facts: string;
  /** Set when a limit of the sandbox refused the call's result. */
  limit?: 'ResultLimitError';
}

export type FromWorker =
  | { type: 'ready' }
  /** All calls that the script made before it had to wait, so that the host meets them together. */
  | { type: 'calls'; calls: HostCallRequest[] }
  | { type: 'console'; level: 'log' | 'warn' | 'error'; text: string }
  | { type: 'done'; end: ScriptEnd };

/** How a script ended, before messages are made helpful on the main thread. */
export interface ScriptEnd {
  result?: string;
  /** The script returned `finish(text)`; `result` is the JSON text of that text. */
  closing?: true;
  error?: RawScriptError;
  /** Settled or pending calls whose promise nobody looked at. */
  unawaited: Array<{ name: string; line: number }>;
  cpuMs: number;
  memoryBytes: number;
  /** False when the worker's instance is in doubt and the worker should be replaced. */
  reusable: boolean;
}

export interface RawScriptError {
  name: ScriptErrorName;
  /** The error's own name inside the script: `TypeError`. */
  guestName?: string;
  message: string;
  line?: number;
  column?: number;
  /** Length of the marked piece of source, 1 unless known. */
  length?: number;
  call?: { id: number; name: string };
  /** `k8s.listPods`: a capability that does not exist. */
  unknownMember?: string;
}
