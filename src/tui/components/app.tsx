import { Static, useInput, usePaste } from 'ink';
import { useSyncExternalStore } from 'react';
import { useTick } from '../hooks/use-tick.ts';
import { decodeKeys } from '../keys.ts';
import { finishedCount, type TuiSession } from '../shell/session.ts';
import { FinishedBlock } from './finished-block.tsx';
import { LiveFrame } from './live-frame.tsx';

/** The whole screen: finished blocks go up into the scrollback, the frame below them is live. */
export function App({ session }: { session: TuiSession }) {
  const { store, shell, screen } = session;
  const view = useSyncExternalStore(store.subscribe, store.snapshot);
  useSyncExternalStore(shell.subscribe, shell.snapshot);
  useSyncExternalStore(screen.onResize, screen.size);
  const { epoch, from } = useSyncExternalStore(session.onScrollback, session.scrollback);
  const isBusy = view.activity.kind !== 'idle';
  const tick = useTick(isBusy && !session.options.noAnimation && !session.hasLeft);

  useInput((input, key) => {
    const keys = decodeKeys(input, key);
    if (keys === undefined) shell.paste(input);
    else for (const press of keys) shell.key(press);
  });
  usePaste(text => shell.paste(text));

  const finished = finishedCount(view.blocks);
  return (
    <>
      <Static key={epoch} items={view.blocks.slice(from, finished)}>
        {block => <FinishedBlock key={block.key} lines={session.lines(block)} />}
      </Static>
      <LiveFrame
        screen={screen}
        theme={session.theme}
        frame={session.frame(view.blocks.slice(finished), tick)}
        finished={finished}
      />
    </>
  );
}
