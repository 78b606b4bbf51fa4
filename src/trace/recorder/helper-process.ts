import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cleanText } from '../../shared/text.ts';

/** It drains what the kernel still holds when it is asked to end; longer than this it does not take. */
const ENDING_MS = 15_000;

export interface HelperEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface HelperProcess {
  readonly pid: number | undefined;
  /** Its output, to be read to its end. What is not read waits in the helper, which counts what it has to drop. */
  readonly output: AsyncIterable<Uint8Array>;
  /** When it has ended and everything it said has been heard. Rejects where it could not be started. */
  readonly ended: Promise<HelperEnd>;
  /** Has it end in order. */
  stop(): void;
}

/**
 * Starts kv-tracer, which ends by itself when this process does: its input closes. In a session of its own, so that
 * Ctrl+C reaches kv alone and kv decides in which order things end. Must be called on the main thread: the helper
 * dies with the thread that started it.
 */
export function startHelper(
  helper: string,
  flags: readonly string[],
  onSaid: (line: string) => void,
): HelperProcess {
  const child = spawn(helper, flags, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  createInterface({ input: child.stderr }).on('line', line => onSaid(cleanText(line)));
  const ended = new Promise<HelperEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // It may be gone already when it is asked to end.
  child.stdin.on('error', () => {});
  let timer: NodeJS.Timeout | undefined;
  void ended.catch(() => {}).finally(() => clearTimeout(timer));
  return {
    pid: child.pid,
    output: child.stdout,
    ended,
    stop: () => {
      child.stdin.end();
      timer ??= setTimeout(() => child.kill('SIGKILL'), ENDING_MS);
    },
  };
}
