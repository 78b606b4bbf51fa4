import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { CpuClock } from './cpu-clock.ts';
import type { FromWorker, ToWorker, WorkerInit } from './protocol.ts';

/** The worker's own stack has to hold what QuickJS counts as 512 KB, with the WASM frames around it. */
const STACK_MB = 8;
const HEAP_MB = 512;

/** A started worker thread and the clock it shares. `ready` rejects when it could not start. */
export interface PoolWorker {
  readonly thread: Worker;
  readonly clock: CpuClock;
  readonly ready: Promise<void>;
  send(message: ToWorker): void;
}

/**
 * Keeps warm worker threads, since starting one takes longer than most scripts run. Nothing is started before the
 * first `warm()` or `take()`. Idle workers do not keep the process alive.
 */
export class WorkerPool {
  readonly #size: number;
  readonly #catalogNames: string[];
  readonly #idle: PoolWorker[] = [];
  readonly #all = new Set<PoolWorker>();
  #wasm: Promise<WebAssembly.Module> | undefined;
  #filling: Promise<void> | undefined;
  /** Spare workers on their way, and who waits for one. */
  #starting = 0;
  readonly #waiting: Array<(worker: PoolWorker | undefined) => void> = [];
  #closed = false;

  constructor(size: number, catalogNames: string[]) {
    this.#size = Math.max(1, size);
    this.#catalogNames = catalogNames;
  }

  get idle(): number {
    return this.#idle.length;
  }

  /** Starts spare workers in the background. */
  warm(): void {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
  }

  /** A worker that runs nothing else, ready to run. Hand it back with `release`. */
  async take(): Promise<PoolWorker> {
    const worker = this.#idle.shift() ?? (await this.#coming()) ?? (await this.#start());
    await worker.ready;
    worker.thread.ref();
    return worker;
  }

  /** Takes a worker back; one that is not `reusable` is ended and replaced. */
  release(worker: PoolWorker, reusable: boolean): void {
    worker.thread.unref();
    if (reusable && !this.#closed && this.#all.has(worker) && this.#idle.length < this.#size) {
      this.#offer(worker);
    } else {
      this.#drop(worker);
    }
    if (!this.#closed) this.warm();
  }

  /** The next worker that is already being started, unless all of those are spoken for. */
  #coming(): Promise<PoolWorker | undefined> | undefined {
    if (this.#starting <= this.#waiting.length) return undefined;
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #offer(worker: PoolWorker | undefined): void {
    const waiter = this.#waiting.shift();
    if (waiter) waiter(worker);
    else if (worker) this.#idle.push(worker);
  }

  async close(): Promise<void> {
    // Spares that are still starting end themselves: waiting for them would wait for what nothing keeps alive.
    this.#closed = true;
    this.#idle.length = 0;
    await Promise.all([...this.#all].map(worker => this.#drop(worker)));
  }

  async #fill(): Promise<void> {
    let missing = this.#size - this.#all.size;
    // A spare beside the busy ones, so that the next script finds one however this one ends.
    if (missing <= 0 && this.#idle.length === 0) missing = 1;
    this.#starting += Math.max(0, missing);
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#addSpare()));
  }

  async #addSpare(): Promise<void> {
    let worker: PoolWorker | undefined;
    try {
      if (this.#closed) return;
      worker = await this.#start();
      await worker.ready;
      worker.thread.unref();
    } catch {
      // Whoever waits starts a worker of its own and hears why that fails.
      worker = undefined;
    } finally {
      this.#starting -= 1;
      this.#offer(worker);
    }
  }

  async #start(): Promise<PoolWorker> {
    this.#wasm ??= compileEngine();
    const wasm = await this.#wasm;
    if (this.#closed) throw new Error('the sandbox is closed');
    const shared = CpuClock.allocate();
    const thread = new Worker(WORKER_FILE, {
      workerData: { wasm, catalogNames: this.#catalogNames, clock: shared } satisfies WorkerInit,
      resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: HEAP_MB },
      // Nothing of the parent's environment, flags or terminal is any business of a script.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    const worker: PoolWorker = {
      thread,
      clock: new CpuClock(shared),
      ready: untilReady(thread),
      send: message => thread.postMessage(message),
    };
    worker.ready.catch(() => {});
    this.#all.add(worker);
    // An idle worker that dies is forgotten; a running one is heard by its script (see run.ts).
    thread.on('error', () => this.#forget(worker));
    thread.once('exit', () => this.#forget(worker));
    return worker;
  }

  #forget(worker: PoolWorker): void {
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #drop(worker: PoolWorker): Promise<number> {
    this.#forget(worker);
    // An unreferenced thread would let the process end while its end is awaited.
    worker.thread.ref();
    return worker.thread.terminate();
  }
}

/** The file that Node runs: TypeScript from the source tree, JavaScript from dist/. */
const WORKER_FILE = new URL(
  import.meta.url.endsWith('.ts') ? './worker/main.ts' : './worker/main.js',
  import.meta.url,
);

async function compileEngine(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm');
  return WebAssembly.compile(await readFile(path));
}

function untilReady(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      thread.off('message', hear);
      thread.off('error', reject);
      thread.off('exit', exited);
    };
    const hear = (message: FromWorker) => {
      if (message.type !== 'ready') return;
      stop();
      resolve();
    };
    const exited = () => reject(new Error('the worker thread ended while it started'));
    thread.on('message', hear);
    thread.once('error', reject);
    thread.once('exit', exited);
  });
}
