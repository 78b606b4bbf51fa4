import { render } from 'ink';
import type { ReactNode } from 'react';
import type { Screen } from '../terminal/screen.ts';

export interface MountedApp {
  /** Rejects when drawing failed; never resolves before the app was taken off. */
  failed: Promise<unknown>;
  unmount(): Promise<void>;
}

/** Puts an app on the screen, in place of the first frame. */
export function mountApp(app: ReactNode, screen: Screen, stdin: NodeJS.ReadStream): MountedApp {
  const ink = render(app, {
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
