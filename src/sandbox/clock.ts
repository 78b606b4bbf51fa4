import type { ScriptClock } from './port.ts';

/** A clock for one script: calls pause it while a person is asked. */
export function createScriptClock(): ScriptClock {
  const listeners = new Set<() => void>();
  let pauses = 0;
  const change = (by: 1 | -1) => {
    const before = pauses > 0;
    pauses += by;
    if (before !== pauses > 0) for (const listener of listeners) listener();
  };
  return {
    get paused() {
      return pauses > 0;
    },
    pauseWall() {
      let open = true;
      change(1);
      return () => {
        if (!open) return;
        open = false;
        change(-1);
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Calls `expired` once `limitMs` have passed, not counting the time for which `clock` stood. */
export function startWallTimer(
  limitMs: number,
  clock: ScriptClock | undefined,
  expired: () => void,
): () => void {
  let left = limitMs;
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const run = () => {
    since = performance.now();
    timer = setTimeout(expired, left);
  };
  const hold = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    left = Math.max(0, left - (performance.now() - since));
  };
  const follow = () => (clock?.paused ? hold() : run());
  const unlisten = clock?.onChange(follow);
  follow();
  return () => {
    hold();
    unlisten?.();
  };
}
