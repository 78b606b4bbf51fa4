import { useAnimation } from 'ink';

const TICK_MS = 100;

/** Counts up ten times a second while something is running: the spinner's frame, and the clock's excuse to move. */
export function useTick(isActive: boolean): number {
  return useAnimation({ interval: TICK_MS, isActive }).frame;
}
