import { writeSync } from 'node:fs';

/** Cursor shown, bracketed paste off, colours reset, synchronized output ended. */
export const RESTORE = '\u001b[?25h\u001b[?2004l\u001b[0m\u001b[?2026l';
const SIGNALS: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT'];

/**
 * Gives the terminal back as it was, whichever way the process ends: normally, by a signal, by a crash.
 * `onLost` is called when a signal asks the process to end or the terminal is gone. Returns the function that
 * restores the terminal now and stops watching.
 */
export function guardTerminal(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  onLost: () => void,
): () => void {
  let isRestored = false;
  const restore = () => {
    if (isRestored) return;
    isRestored = true;
    try {
      if (stdin.isTTY) stdin.setRawMode(false);
      // Synchronously, by descriptor: on the way out of a process nothing queued is written any more.
      if ('fd' in stdout && typeof stdout.fd === 'number') writeSync(stdout.fd, RESTORE);
    } catch {
      // The terminal is gone (its window was closed): there is nothing left to restore.
    }
  };
  for (const signal of SIGNALS) process.on(signal, onLost);
  stdin.on('end', onLost);
  // A terminal whose window was closed answers writes with EIO; without a listener that would be a crash.
  stdout.on('error', onLost);
  process.on('exit', restore);
  process.on('uncaughtExceptionMonitor', restore);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onLost);
    stdin.off('end', onLost);
    stdout.off('error', onLost);
    process.off('exit', restore);
    process.off('uncaughtExceptionMonitor', restore);
    restore();
  };
}
