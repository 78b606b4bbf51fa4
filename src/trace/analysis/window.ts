import type { TraceWindow } from '../model.ts';

/** In milliseconds since the trace began, as people and scripts say it. */
export interface WindowMs {
  fromMs?: number;
  toMs?: number;
}

export function windowOf({ fromMs, toMs }: WindowMs): TraceWindow {
  return {
    from: fromMs === undefined ? Number.MIN_SAFE_INTEGER : Math.round(fromMs * 1e6),
    to: toMs === undefined ? Number.MAX_SAFE_INTEGER : Math.round(toMs * 1e6),
  };
}

/** How much of `[start, start + dur)` lies in `[from, to)`. */
export function overlap(start: number, dur: number, from: number, to: number): number {
  return Math.max(0, Math.min(start + dur, to) - Math.max(start, from));
}
