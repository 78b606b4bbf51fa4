import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface DaemonSpec {
  name: string;
  command: string;
  args: string[];
  logFile: string;
  env?: Record<string, string>;
}

/** A long-running program of the plane. Its output goes to a file; it dies with the process that started it. */
export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Settles when the program is gone. */
  readonly ended: Promise<void>;
  #stopping = false;
  #end: string | undefined;

  constructor(spec: DaemonSpec) {
    this.name = spec.name;
    this.#logFile = spec.logFile;
    const log = openSync(spec.logFile, 'a');
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', spec.command, ...spec.args], {
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.ended = new Promise(resolve => {
      const ended = (how: string) => {
        this.#end = how;
        resolve();
      };
      this.#child.once('error', error => ended(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        ended(signal ? `was killed by ${signal}` : `exited with code ${code}`),
      );
    });
  }

  get pid(): number {
    if (!this.#child.pid) throw new Error(`${this.name} is not running.`);
    return this.#child.pid;
  }

  /** Throws, with the end of its log, if the program has ended although nobody stopped it. */
  async assertRunning(): Promise<void> {
    if (this.#end && !this.#stopping) throw new Error(`${this.name} ${this.#end}:\n${await this.logTail()}`);
  }

  async logTail(lines = 20): Promise<string> {
    return (await readFile(this.#logFile, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Asks it to end, insists after `graceMs`, and waits until it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#end) return;
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(insist);
  }

  /** From now on its end is no failure. */
  expectEnd(): void {
    this.#stopping = true;
  }
}
