import type { LiveTrace } from '../../trace/recorder/recording.ts';

/** What is recorded and where to: the same from beginning to end. */
export interface TraceTarget {
  /** `every process that uses CUDA`, `process 4242 and its children`. */
  what: string;
  /** The file. */
  path: string;
}

/** Streams and settings of the live view. Nothing is read from `process`: the cli passes it in. */
export interface TraceViewOptions {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  /** Where lines go when there is no screen. */
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  noColor?: boolean;
  /** Lines instead of a screen. */
  screenReader?: boolean;
  /** Aborting it ends the view: the recording is complete. */
  signal: AbortSignal;
  /** A person pressed q or Ctrl+C, or the terminal is gone. The view stays until `signal` aborts. */
  onStop(): void;
}

/** Calls the listener about twice a second until the function it returns is called. */
export type WatchTrace = (listener: (now: LiveTrace) => void) => () => void;
