import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { KvError } from '../../shared/errors.ts';

/**
 * Waits for a line on descriptor 3, then becomes the command: same process number, same input and output. Where the
 * line never comes, because kv died, it ends without having started anything.
 */
const HOLD = 'read -r go <&3 || exit 125; exec 3<&-; exec "$@"';

/** A command that has its process number and has not begun. */
export interface HeldCommand {
  readonly pid: number;
  /** Exit code, or 128 + signal. */
  readonly exited: Promise<number>;
  readonly isRunning: boolean;
  /** Lets it begin; once. */
  release(): void;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `command` held, on the terminal, input and output of this process. */
export async function holdCommand(command: readonly string[]): Promise<HeldCommand> {
  const child = spawn('sh', ['-c', HOLD, 'sh', ...command], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  const exited = new Promise<number>(resolve => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  await started(child);
  const gate = child.stdio[3] as NodeJS.WritableStream;
  // It was killed before it was let go.
  gate.on('error', () => {});
  return {
    pid: child.pid!,
    exited,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    release: () => void gate.end('\n'),
    kill: signal => void child.kill(signal),
  };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', cause =>
      reject(
        new KvError('failed', `The command cannot be started: ${cause.message}.`, {
          hint: 'kv starts it by sh.',
          cause,
        }),
      ),
    );
  });
}
