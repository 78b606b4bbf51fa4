import { writeSync } from 'node:fs';
import { RESTORE } from './guard.ts';
import type { Screen } from './screen.ts';

const TAKE_BACK = '\u001b[?2004h\u001b[?25l';

/**
 * Ctrl+Z, which a raw terminal no longer turns into a signal. `suspend` gives the terminal back and stops the process
 * group as the terminal would have done, so that a shell gets its prompt; when it is continued, `onContinued` draws
 * again. A process that was stopped from outside is drawn anew as well (`onInterrupted`). `dispose` stops watching.
 */
export function createSuspension(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  screen: { beforeStop(): void; onContinued(): void; onInterrupted(): void },
): { suspend(): void; dispose(): void } {
  let isStopping = false;
  const takeBack = () => {
    stdin.setRawMode(true);
    stdout.write(TAKE_BACK);
  };
  const continued = () => {
    if (!isStopping) return;
    isStopping = false;
    takeBack();
    screen.onContinued();
  };
  const woken = () => {
    if (isStopping) return continued();
    takeBack();
    screen.onInterrupted();
  };
  const suspend = () => {
    if (process.platform === 'win32' || isStopping) return;
    isStopping = true;
    screen.beforeStop();
    stdin.setRawMode(false);
    // By descriptor: what is queued would only be written once the process goes on.
    if ('fd' in stdout && typeof stdout.fd === 'number') writeSync(stdout.fd, RESTORE);
    process.kill(0, 'SIGTSTP');
    // Nothing stops where no shell could continue it; then the screen comes back at once.
    setImmediate(continued);
  };
  process.on('SIGCONT', woken);
  return { suspend, dispose: () => void process.off('SIGCONT', woken) };
}

/** The same for what is drawn on a screen of its own: it is erased before, and drawn again after. */
export function createScreenSuspension(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  screen: Screen,
): ReturnType<typeof createSuspension> {
  return createSuspension(stdin, stdout, {
    beforeStop: () => screen.erase(),
    onContinued: () => screen.drawAgain(),
    onInterrupted: () => {
      screen.wipe();
      screen.drawAgain();
    },
  });
}
