import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Output, type RunOptions, run } from '../run.ts';
import { Daemon } from './daemon.ts';
import type { Ground } from './ground.ts';

const GRACE_MS = 5_000;

/** Programs run side by side with everything else, as whoever started the plane. Enough without a kubelet. */
export class HostGround implements Ground {
  readonly directory: string;
  readonly stateDirectory: string;
  readonly #daemons: Daemon[] = [];

  constructor(directory: string) {
    this.directory = directory;
    this.stateDirectory = join(directory, 'state');
    mkdirSync(this.stateDirectory, { mode: 0o700 });
    mkdirSync(join(directory, 'logs'));
  }

  start(name: string, command: string, args: string[], env?: Record<string, string>): Daemon {
    const daemon = new Daemon({
      name,
      command,
      args,
      env,
      logFile: join(this.directory, 'logs', `${name}.log`),
    });
    this.#daemons.push(daemon);
    return daemon;
  }

  run(command: string, args: string[], options?: RunOptions): Promise<Output> {
    return run(command, args, options);
  }

  async expose(): Promise<void> {}

  async assertRunning(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.assertRunning();
  }

  async close(): Promise<void> {
    // Newest first: the API server goes before the etcd that it writes to.
    for (const daemon of this.#daemons.toReversed()) await daemon.stop(GRACE_MS);
    await rm(this.directory, { recursive: true, force: true });
  }
}
