import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { LiveFrame } from '../components/live-frame.tsx';
import { type MountedApp, mountApp } from '../components/mount.tsx';
import type { TraceSession } from './trace-session.ts';

function TraceApp({ session, suspend }: { session: TraceSession; suspend: () => void }) {
  const { store, screen, theme } = session;
  const view = useSyncExternalStore(store.subscribe, store.snapshot);
  useSyncExternalStore(screen.onResize, screen.size);
  useInput((input, key) => {
    if (key.ctrl && input === 'z') suspend();
    else if (input === 'q' || (key.ctrl && input === 'c')) session.stop();
    else session.press(input);
  });
  return <LiveFrame screen={screen} theme={theme} frame={session.frame(view)} finished={0} />;
}

/** Puts the recording on its screen. */
export function mountTrace(session: TraceSession, stdin: NodeJS.ReadStream, suspend: () => void): MountedApp {
  return mountApp(<TraceApp session={session} suspend={suspend} />, session.screen, stdin);
}
