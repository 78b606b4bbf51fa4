import { openBehindFrame, openingRows } from './opening.ts';
import type { SessionSource, TuiOptions, TuiResult } from './options.ts';
import type { TuiSession } from './shell/session.ts';
import type { TerminalCapabilities } from './terminal/capabilities.ts';
import { guardTerminal } from './terminal/guard.ts';
import { Screen } from './terminal/screen.ts';
import { createTheme } from './theme.ts';

/**
 * The screen mode. The first frame is written at once by kv itself, before anything that takes time to load: the
 * layout, the session, and Ink, which takes several times as long as Node to start and takes over when it is there.
 */
export async function runInk(
  source: SessionSource,
  options: TuiOptions,
  capabilities: TerminalCapabilities,
): Promise<TuiResult> {
  const { stdin, stdout } = options;
  const screen = new Screen(stdout);
  const theme = createTheme(capabilities.color, capabilities.unicode ? 'unicode' : 'ascii');
  let session: TuiSession | undefined;
  const stop = new AbortController();
  const release = guardTerminal(stdin, stdout, () => {
    stop.abort();
    session?.leave('interrupted');
  });
  const open = () => {
    if (typeof source !== 'function') return source;
    const rows = openingRows(options, theme.glyphs, screen.size().columns);
    const widths = rows.map(row => row.reduce((sum, { text }) => sum + text.length, 0));
    screen.paint(rows.map(theme.paint), { widths, cursor: undefined, finished: 0 });
    return openBehindFrame(source, stdin, stop).finally(() => screen.erase());
  };
  try {
    stdin.setRawMode(true);
    const controller = await open();
    const [{ TuiSession }, { rowWidth }] = await Promise.all([
      import('./shell/session.ts'),
      import('./layout/row.ts'),
    ]);
    const shown = new TuiSession(controller, options, { screen, theme });
    session = shown;
    // One turn of the event loop, and the events that are already there are part of the first frame.
    await new Promise(resolve => setImmediate(resolve));
    const first = shown.frame(shown.store.snapshot().blocks, 0);
    const { rows, cursor } = first;
    screen.paint(rows.map(theme.paint), { widths: rows.map(rowWidth), cursor, finished: 0 });
    const { mountSession } = await import('./components/mount-session.tsx');
    const app = mountSession(shown, stdin);
    const result = await Promise.race([shown.left, app.failed.then(() => shown.left)]);
    await app.unmount();
    return result;
  } finally {
    session?.stop();
    screen.dispose();
    release();
    stdin.unref();
  }
}
