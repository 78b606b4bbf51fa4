import { Static, useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { FinishedBlock } from '../components/finished-block.tsx';
import { LiveFrame } from '../components/live-frame.tsx';
import { type MountedApp, mountApp } from '../components/mount.tsx';
import { useTick } from '../hooks/use-tick.ts';
import type { RaceSession } from './race-session.ts';

/** Finished scenarios go up into the scrollback, the race under way is live below them. */
function RaceApp({ session, suspend }: { session: RaceSession; suspend: () => void }) {
  const { store, screen, theme, options } = session;
  const view = useSyncExternalStore(store.subscribe, store.snapshot);
  useSyncExternalStore(screen.onResize, screen.size);
  const isRunning = view.current !== undefined && !session.hasLeft;
  const tick = useTick(isRunning && !options.noAnimation);
  useInput((input, key) => {
    if (key.ctrl && input === 'z') suspend();
    if (key.escape || input === 'q' || (key.ctrl && input === 'c')) session.stop();
  });
  const above = session.above(view);
  return (
    <>
      <Static items={above}>{({ key, lines }) => <FinishedBlock key={key} lines={lines} />}</Static>
      <LiveFrame screen={screen} theme={theme} frame={session.frame(view, tick)} finished={above.length} />
    </>
  );
}

/** Puts the race on its screen. */
export function mountRace(session: RaceSession, stdin: NodeJS.ReadStream, suspend: () => void): MountedApp {
  return mountApp(<RaceApp session={session} suspend={suspend} />, session.screen, stdin);
}
