import { readCapabilities } from '../terminal/capabilities.ts';
import { guardTerminal } from '../terminal/guard.ts';
import { Screen } from '../terminal/screen.ts';
import { createScreenSuspension } from '../terminal/suspend.ts';
import { createTheme } from '../theme.ts';
import { followInLines } from './lines.ts';
import { RaceSession } from './race-session.ts';
import type { RaceOptions, RaceUpdate } from './types.ts';

/**
 * Shows sessions that work on the same question side by side, one scenario after the other, until `updates` ends,
 * `options.signal` aborts, or a person stops it (`options.onStop`). Without a terminal, or for a screen reader,
 * the same as lines. Never rejects for an abort; rejects when `updates` does. The terminal is as it was before
 * when the promise settles.
 *
 * `process.env.NODE_ENV` must be `production` before this is called, as for `runTui`.
 */
export async function runRace(updates: AsyncIterable<RaceUpdate>, options: RaceOptions): Promise<void> {
  const { env, stdin, stdout, noColor, signal } = options;
  const isTTY = Boolean(stdout.isTTY);
  const capabilities = readCapabilities({ env, isTTY, platform: process.platform, noColor });
  const signs = capabilities.unicode ? 'unicode' : 'ascii';
  if (options.screenReader || !capabilities.addressable || !stdin.isTTY) {
    const theme = createTheme(capabilities.color, options.screenReader ? 'words' : signs);
    return followInLines(updates, { ...options, theme });
  }
  const screen = new Screen(stdout);
  const session = new RaceSession(options, { screen, theme: createTheme(capabilities.color, signs) });
  const release = guardTerminal(stdin, stdout, () => session.stop());
  const suspension = createScreenSuspension(stdin, stdout, screen);
  const leave = () => session.leave();
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted) leave();
  try {
    stdin.setRawMode(true);
    const { mountRace } = await import('./race-app.tsx');
    const app = mountRace(session, stdin, suspension.suspend);
    const followed = session.follow(updates).finally(leave);
    await Promise.race([followed, session.left, app.failed.then(() => session.left)]);
    await app.unmount();
  } finally {
    signal?.removeEventListener('abort', leave);
    suspension.dispose();
    session.store.stop();
    screen.dispose();
    release();
    stdin.unref();
  }
}
