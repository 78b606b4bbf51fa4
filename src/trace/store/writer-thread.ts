import { Worker } from 'node:worker_threads';
import { KvError } from '../../shared/errors.ts';
import type { LiveState } from './live-state.ts';
import type { FromWriter, HostFacts, PlainFailure, ToWriter, WriterStart } from './protocol.ts';
import type { FileOwner, GpuRow, ProcessPlace, Sample, WriterSummary } from './types.ts';

const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
/** Bytes that may wait to be written before `push` makes its caller wait: some tenths of a second of a full pipe. */
const MOST_WAITING = 16 * 1024 * 1024;

export interface WriterThreadOptions {
  path: string;
  maxBytes: number;
  host?: HostFacts;
  /** Names for addresses; without, frames are known by file and offset. */
  symbols?: boolean;
  /** Whether stacks are recorded. */
  stacks?: boolean;
  /** Takes secrets out of a command line before it is stored. */
  redact: (text: string) => string;
  /** Who gets the file; absent: whoever runs this process. */
  owner?: FileOwner;
}

/** A TraceWriter on a thread of its own, fed with the bytes of kv-tracer's stream. */
export class WriterThread {
  readonly #worker: Worker;
  readonly #redact: (text: string) => string;
  readonly #finished = Promise.withResolvers<WriterSummary>();
  readonly #listeners = new Set<(state: LiveState) => void>();
  #asked: ((state: LiveState) => void)[] = [];
  #waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  #pending = 0;
  #failure: KvError | undefined;

  /** Creates the file. Rejects with a KvError where it exists already or cannot be made. */
  static async start(options: WriterThreadOptions): Promise<WriterThread> {
    const { path, maxBytes, host = {}, symbols = false, stacks = false, owner } = options;
    const worker = new Worker(WORKER, {
      workerData: { path, maxBytes, host, symbols, stacks, owner } satisfies WriterStart,
      env: {},
      execArgv: ['--no-warnings'],
    });
    const ready = Promise.withResolvers<void>();
    worker.once('message', (message: FromWriter) => {
      if (message.type === 'refused') ready.reject(errorOf(message.failure));
      else ready.resolve();
    });
    worker.once('error', ready.reject);
    await ready.promise;
    return new WriterThread(worker, options.redact);
  }

  private constructor(worker: Worker, redact: (text: string) => string) {
    this.#worker = worker;
    this.#redact = redact;
    this.#finished.promise.catch(() => {});
    worker.on('message', (message: FromWriter) => this.#receive(message));
    worker.on('error', error => this.#fail(new KvError('failed', stopped(error.message), { cause: error })));
    worker.on('exit', () => this.#fail(new KvError('failed', stopped('its thread ended'))));
  }

  /** Bytes pushed and not yet written. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Takes the next bytes of the stream; the caller may use its buffer again. Resolves when more is welcome, at once as
   * long as the writer keeps up. Rejects with a KvError once the stream was found to be damaged.
   */
  push(chunk: Uint8Array): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const bytes = new Uint8Array(chunk);
    this.#pending += bytes.length;
    this.#post({ type: 'chunk', bytes }, [bytes.buffer]);
    if (this.#pending <= MOST_WAITING) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  /** What the records say by now. */
  live(): Promise<LiveState> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#post({ type: 'live' });
    return new Promise(resolve => this.#asked.push(resolve));
  }

  /** Calls the listener about twice a second. Returns what ends that. */
  onLive(listener: (state: LiveState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addProcessPlace(pid: number, place: ProcessPlace): void {
    this.#post({ type: 'place', pid, place });
  }

  addGpus(gpus: readonly GpuRow[]): void {
    this.#post({ type: 'gpus', gpus });
  }

  addSamples(samples: readonly Sample[]): void {
    this.#post({ type: 'samples', samples });
  }

  /** A sentence that readers of the file are told. */
  addNote(text: string): void {
    this.#post({ type: 'note', text });
  }

  /** Writes what is left, closes the file and ends the thread. `reason` counts where the stream itself has none. */
  async finish(reason?: string): Promise<WriterSummary> {
    this.#post({ type: 'finish', reason });
    const summary = await this.#finished.promise;
    await this.#worker.terminate();
    return summary;
  }

  #receive(message: FromWriter): void {
    switch (message.type) {
      case 'taken':
        this.#pending -= message.bytes;
        if (this.#pending <= MOST_WAITING / 2) for (const { resolve } of this.#waiting.splice(0)) resolve();
        return;
      case 'live':
        for (const resolve of this.#asked.splice(0)) resolve(message.state);
        for (const listener of this.#listeners) listener(message.state);
        return;
      case 'redact':
        this.#post({ type: 'redacted', id: message.id, text: this.#redact(message.text) });
        return;
      case 'damaged':
        this.#failure = errorOf(message.failure);
        for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
        return;
      case 'finished':
        this.#finished.resolve(message.summary);
        return;
      case 'ready':
      case 'refused':
        return;
      default:
        message satisfies never;
    }
  }

  #fail(error: KvError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#finished.reject(error);
  }

  #post(message: ToWriter, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

const stopped = (why: string) => `The trace can no longer be written: ${why}.`;

function errorOf({ kind, message, hint, facts }: PlainFailure): KvError {
  return new KvError(kind, message, { hint, facts });
}
