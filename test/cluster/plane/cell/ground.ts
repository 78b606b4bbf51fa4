import type { Output, RunOptions } from '../run.ts';
import type { Daemon } from './daemon.ts';

/** Where the plane's programs run: this machine as it is, or a cell of their own on it. */
export interface Ground {
  /** A directory that programs inside and outside see alike: certificates, kubeconfigs, logs. */
  readonly directory: string;
  /** A directory for data that need not outlive the plane. */
  readonly stateDirectory: string;
  start(name: string, command: string, args: string[], env?: Record<string, string>): Daemon;
  run(command: string, args: string[], options?: RunOptions): Promise<Output>;
  /** Makes a port that a program inside listens on (at 127.0.0.1) reachable at the same port from outside. */
  expose(port: number): Promise<void>;
  /** Throws if a program has died. */
  assertRunning(): Promise<void>;
  /** Ends every program and removes everything that was set up, `directory` included. */
  close(): Promise<void>;
}
