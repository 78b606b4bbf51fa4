import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { RecordDecoder } from '../../../src/trace/record/decode.ts';
import type {
  AggregateRecord,
  CallRecord,
  DropCounter,
  FunctionRecord,
  TraceRecord,
} from '../../../src/trace/record/types.ts';

type RecordOf<T extends TraceRecord['type']> = Extract<TraceRecord, { type: T }>;

/** A running kv-tracer whose output is decoded as it comes. */
export class Tracer implements AsyncDisposable {
  readonly records: TraceRecord[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  #stderr = '';
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(command: string, args: readonly string[]) {
    const decoder = new RecordDecoder();
    this.#child = spawn(command, args);
    this.#closed = once(this.#child, 'close').then(() => this.#wake());
    this.#child.stdout.on('data', (piece: Buffer) => {
      try {
        for (const record of decoder.push(piece)) this.records.push(record);
      } catch (error) {
        this.#failure = error;
      }
      this.#wake();
    });
    this.#child.stderr.on('data', (piece: Buffer) => {
      this.#stderr += piece.toString();
    });
    this.#child.stdin.on('error', () => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get stderr(): string {
    return this.#stderr;
  }

  of<T extends TraceRecord['type']>(type: T): RecordOf<T>[] {
    return this.records.filter((record): record is RecordOf<T> => record.type === type);
  }

  /** The first record of the type that fits, as soon as it has come. */
  async until<T extends TraceRecord['type']>(
    type: T,
    fits: (record: RecordOf<T>) => boolean = () => true,
  ): Promise<RecordOf<T>> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const found = this.of(type).find(fits);
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error(`kv-tracer ended without it: ${this.#stderr}`);
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  /** Until the library has probes on it. */
  async attached(path: string): Promise<void> {
    await this.until('library', library => library.path.endsWith(path) && library.status === 'attached');
  }

  /** Until it records this process. */
  async following(pid: number): Promise<void> {
    await this.until('process', process => process.pid === pid);
  }

  /** Closes its input, as kv does, and waits until everything it had to say has come. */
  async stop(): Promise<{ exitCode: number | null }> {
    this.#child.stdin.end();
    this.#child.stdout.resume();
    await this.#closed;
    if (this.#failure) throw this.#failure;
    return { exitCode: this.#child.exitCode };
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<{ exitCode: number | null }> {
    await this.#closed;
    return { exitCode: this.#child.exitCode };
  }

  /** Stops reading its output, until stop() at the latest. */
  pause(): void {
    this.#child.stdout.pause();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  function(name: string): FunctionRecord {
    const found = this.of('function').find(record => record.name === name);
    if (!found) throw new Error(`${name} is no function that kv-tracer knows`);
    return found;
  }

  calls(name: string, pid?: number): CallRecord[] {
    const { id } = this.function(name);
    return this.of('call').filter(call => call.function === id && (pid === undefined || call.pid === pid));
  }

  /** The last total of each aggregate of a function. */
  aggregates(name: string, pid?: number): AggregateRecord[] {
    const { id } = this.function(name);
    const last = new Map<string, AggregateRecord>();
    for (const record of this.of('aggregate')) {
      if (record.function !== id || (pid !== undefined && record.pid !== pid)) continue;
      last.set(`${record.pid} ${record.copyKind} ${record.nested}`, record);
    }
    return [...last.values()];
  }

  /** How many calls of a function were counted in the kernel. */
  counted(name: string, pid?: number): number {
    return this.aggregates(name, pid).reduce((sum, record) => sum + record.count, 0);
  }

  lost(counter: DropCounter): number {
    const last = new Map<number, number>();
    for (const drop of this.of('drop')) if (drop.counter === counter) last.set(drop.cpu, drop.total);
    return [...last.values()].reduce((sum, total) => sum + total, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
