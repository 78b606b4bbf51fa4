import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** A stub program (test/ebpf/stubs/program.c), which does its next step when told to. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #closed: Promise<unknown>;

  constructor(command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(command, args, { env: { PATH: process.env['PATH'], ...env } });
    this.#closed = once(this.#child, 'close');
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the program ended with ${this.#child.exitCode}`);
    return value;
  }

  /** Lets it go on. */
  go(): void {
    this.#child.stdin.write('\n');
  }

  /** Lets it go on, and waits until it says that it is done. */
  async finish(): Promise<void> {
    this.go();
    while (!(await this.line()).startsWith('done'));
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
