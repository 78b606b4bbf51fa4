import { spawn } from 'node:child_process';
import { KvError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/text.ts';

/** Setup and teardown may start whole applications. */
const COMMAND_MS = 10 * 60_000;
/** Time for a command that is stopped to end by itself. */
const GRACE_MS = 3_000;
const HINT = 'Run the command by hand in the folder of the scenario file to see what it says.';

/**
 * Runs a shell command of a scenario to its end. Rejects with a KvError that has its last words if it fails or
 * takes too long, and with the reason of `signal` if that aborts; nothing that it started in the foreground is left
 * running then. It is a process group of its own, so that Ctrl+C reaches kv alone, which decides what ends when.
 */
export async function runCommand(
  text: string,
  what: 'setup' | 'teardown',
  options: { directory: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<void> {
  const { directory, env } = options;
  options.signal?.throwIfAborted();
  const tooLong = AbortSignal.timeout(COMMAND_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, tooLong]) : tooLong;
  const child = spawn('/bin/sh', ['-c', text], {
    cwd: directory,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  let grace: NodeJS.Timeout | undefined;
  const stop = () => {
    killGroup(child.pid, 'SIGTERM');
    grace = setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    options.signal?.throwIfAborted();
    if (code === 0) return;
    const why = tooLong.aborted
      ? `ran for more than ${COMMAND_MS / 60_000} minutes`
      : `ended with code ${code}`;
    const last = oneLine(said, 300);
    throw new KvError('failed', `The scenario's ${what} command ${why}${last && `: ${last}`}.`, {
      hint: HINT,
    });
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', stop);
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
