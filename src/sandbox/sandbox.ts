import { createTypeCheck, type TypeCheck } from './check/type-check.ts';
import { explainError } from './explain.ts';
import { WorkerPool } from './pool.ts';
import type { CheckResult, Sandbox, ScriptOutcome, ScriptRun } from './port.ts';
import type { RawScriptError } from './protocol.ts';
import { type RunEnd, runInWorker } from './run.ts';

export interface SandboxOptions {
  /** TypeScript declarations of every capability: what scripts are checked against. */
  declarations: string;
  /** Warm workers to keep; 2 unless said otherwise. */
  poolSize?: number;
  /** Dotted capability names; each becomes a global function (`k8s.list`). */
  catalogNames?: string[];
  /** The nearest valid call for a name that does not exist, as a ready sentence. */
  suggest?: (badName: string) => string | undefined;
}

/** Creates the script runtime. Nothing is started or loaded before it is used. */
export function createSandbox(options: SandboxOptions): Sandbox {
  return new WorkerSandbox(options);
}

/** How long closing waits for threads and the type checker to be gone. */
const CLOSE_MS = 2_000;

class WorkerSandbox implements Sandbox {
  readonly #options: SandboxOptions;
  readonly #pool: WorkerPool;
  readonly #check: TypeCheck;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#pool = new WorkerPool(options.poolSize ?? 2, options.catalogNames ?? []);
    this.#check = createTypeCheck(options);
  }

  warm(): void {
    this.#pool.warm();
    this.#check.warm();
  }

  check(code: string, signal: AbortSignal): Promise<CheckResult> {
    this.#pool.warm();
    return this.#check.check(code, signal);
  }

  async run(script: ScriptRun): Promise<ScriptOutcome> {
    const startedAt = performance.now();
    const finish = (end: RunEnd) => this.#outcome(script, end, performance.now() - startedAt);
    if (script.signal.aborted)
      return finish(failed({ name: 'CancelledError', message: 'The script was stopped.' }));
    let worker: Awaited<ReturnType<WorkerPool['take']>>;
    try {
      worker = await this.#pool.take();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return finish(
        failed({ name: 'RuntimeError', message: `The script runtime could not be started: ${why}.` }),
      );
    }
    // Another spare while this one is busy: the next script never waits for this one's thread.
    this.#pool.warm();
    const end = await runInWorker(worker, script);
    this.#pool.release(worker, end.reusable);
    return finish(end);
  }

  /** Ends threads and type checker; what does not end in time is left to the end of the process. */
  async close(): Promise<void> {
    // Neither is referenced, so this timer is what keeps the process alive until they are gone.
    let hold: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      hold = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([Promise.all([this.#pool.close(), this.#check.close()]), late]);
    clearTimeout(hold);
  }

  #outcome(script: ScriptRun, end: RunEnd, durationMs: number): ScriptOutcome {
    const outcome: ScriptOutcome = {
      console: end.console,
      unawaited: end.unawaited.map(call => `${call.name} (line ${call.line})`),
      stats: { durationMs, cpuMs: end.cpuMs, calls: end.calls, memoryBytes: end.memoryBytes },
    };
    if (end.result !== undefined) outcome.result = end.result;
    if (end.closing) outcome.closing = true;
    if (end.error) outcome.error = explainError(end.error, script.code, this.#options.suggest);
    return outcome;
  }
}

function failed(error: RawScriptError): RunEnd {
  return { error, unawaited: [], cpuMs: 0, memoryBytes: 0, reusable: false, console: [], calls: 0 };
}
