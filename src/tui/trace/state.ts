import type { LiveFunction, LiveTrace } from '../../trace/recorder/recording.ts';

/** What the functions are ordered by, in the order in which `s` goes through them. */
export const SORTS = ['total', 'calls', 'p99', 'max'] as const;
export type Sort = (typeof SORTS)[number];

export interface TraceView {
  /** The latest; undefined before the first. */
  now: LiveTrace | undefined;
  /** What is shown while the display is held. Recording goes on. */
  held: LiveTrace | undefined;
  sort: Sort;
  help: boolean;
}

export const EMPTY_TRACE_VIEW: TraceView = { now: undefined, held: undefined, sort: 'total', help: false };

/** The view after a key; the same one where the key means nothing. */
export function pressKey(view: TraceView, key: string): TraceView {
  if (view.help) return { ...view, help: false };
  switch (key) {
    case 's':
      return { ...view, sort: SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length]! };
    case 'p':
    case ' ':
      return { ...view, held: view.held ? undefined : view.now };
    case '?':
    case 'h':
      return { ...view, help: true };
    default:
      return view;
  }
}

const KEYS: Record<Sort, (row: LiveFunction) => number> = {
  total: row => row.totalMs,
  calls: row => row.calls,
  p99: row => row.p99Ms,
  max: row => row.maxMs,
};

export function sorted(functions: readonly LiveFunction[], sort: Sort): LiveFunction[] {
  return functions.toSorted((a, b) => KEYS[sort](b) - KEYS[sort](a));
}
