import type { TuiSession } from '../shell/session.ts';
import { App } from './app.tsx';
import { type MountedApp, mountApp } from './mount.tsx';

/** Puts a session on its screen. */
export function mountSession(session: TuiSession, stdin: NodeJS.ReadStream): MountedApp {
  return mountApp(<App session={session} />, session.screen, stdin);
}
