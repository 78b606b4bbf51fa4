import { readCapabilities } from '../terminal/capabilities.ts';
import { guardTerminal } from '../terminal/guard.ts';
import { Screen } from '../terminal/screen.ts';
import { createScreenSuspension } from '../terminal/suspend.ts';
import { createTheme } from '../theme.ts';
import { followTraceInLines } from './lines.ts';
import { TraceSession } from './trace-session.ts';
import type { TraceTarget, TraceViewOptions, WatchTrace } from './types.ts';

/**
 * Shows a recording while it goes on, until `options.signal` aborts. Without a terminal, or for a screen reader, lines
 * on standard error. The terminal is as it was before when the promise settles.
 *
 * `process.env.NODE_ENV` must be `production` before this is called, as for `runTui`.
 */
export async function runTraceView(
  watch: WatchTrace,
  target: TraceTarget,
  options: TraceViewOptions,
): Promise<void> {
  const { env, stdin, stdout, noColor, signal } = options;
  const isTTY = Boolean(stdout.isTTY);
  const capabilities = readCapabilities({ env, isTTY, platform: process.platform, noColor });
  if (options.screenReader || !capabilities.addressable || !stdin.isTTY)
    return followTraceInLines(watch, target, options);
  const screen = new Screen(stdout);
  const theme = createTheme(capabilities.color, capabilities.unicode ? 'unicode' : 'ascii');
  const session = new TraceSession(target, options, { screen, theme });
  const release = guardTerminal(stdin, stdout, session.stop);
  const suspension = createScreenSuspension(stdin, stdout, screen);
  const over = new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const stopWatching = watch(session.show);
  try {
    stdin.setRawMode(true);
    const { mountTrace } = await import('./trace-app.tsx');
    const app = mountTrace(session, stdin, suspension.suspend);
    await Promise.race([over, app.failed.then(() => over)]);
    session.leave();
    await app.unmount();
  } finally {
    stopWatching();
    suspension.dispose();
    session.store.stop();
    screen.dispose();
    release();
    stdin.unref();
  }
}
