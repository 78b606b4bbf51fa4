import { render } from 'ink';
import type { TuiSession } from '../shell/session.ts';
import { App } from './app.tsx';

export interface MountedApp {
  /** Rejects when drawing failed; never resolves before the app was taken off. */
  failed: Promise<unknown>;
  unmount(): Promise<void>;
}

/** Puts the app on the session's screen, in place of the first frame. */
export function mountApp(session: TuiSession, stdin: NodeJS.ReadStream): MountedApp {
  const { screen } = session;
  const ink = render(<App session={session} />, {
    stdin,
    stdout: screen as unknown as NodeJS.WritableStream,
    interactive: true,
    exitOnCtrlC: false,
    maxFps: 30,
    incrementalRendering: true,
    isScreenReaderEnabled: false,
    onRender: screen.rendered,
  });
  screen.attach(ink.clear);
  const failed = ink.waitUntilExit();
  return {
    failed,
    unmount: async () => {
      await ink.waitUntilRenderFlush();
      ink.unmount();
      await failed;
    },
  };
}
