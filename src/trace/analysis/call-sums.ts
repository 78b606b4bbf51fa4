import type { TraceReader } from '../model.ts';
import { durations } from './durations.ts';
import { type WindowMs, windowOf } from './window.ts';

/** Outermost calls of one function by one process, kept as rows or not. Times in nanoseconds. */
export interface CallSum {
  pid: number;
  fn: string;
  kind: string;
  calls: number;
  total: number;
}

/** From what the recorder counted where it did so by nesting, else from the rows. */
export function callSums(reader: TraceReader, window: WindowMs = {}): CallSum[] {
  const { from, to } = windowOf(window);
  const counted = reader.query<CallSum>(
    `SELECT pid, fn, kind, sum(count) AS calls, sum(total) AS total FROM trace_aggregates
     WHERE nested = 0 AND layer IN ('runtime', 'driver', 'nccl') AND start >= ? AND start < ?
     GROUP BY pid, fn ORDER BY total DESC`,
    [from, to],
  );
  return counted.length > 0 ? counted : keptSums(reader, window);
}

/** A driver call in a process that uses the runtime is inside a call of that. */
function keptSums(reader: TraceReader, window: WindowMs): CallSum[] {
  const all = [...durations(reader, window).values()].flatMap(({ fn, kind, layer, byProcess }) =>
    [...byProcess].map(([pid, { calls, total }]) => ({ pid, fn, kind, layer, calls, total })),
  );
  const withRuntime = new Set(all.filter(({ layer }) => layer === 'runtime').map(({ pid }) => pid));
  return all
    .filter(
      ({ layer, pid }) =>
        layer === 'runtime' || layer === 'nccl' || (layer === 'driver' && !withRuntime.has(pid)),
    )
    .map(({ layer: _, ...sum }) => sum)
    .sort((a, b) => b.total - a.total);
}

/** Length of a window within the trace, in nanoseconds. */
export function spanOf(reader: TraceReader, { fromMs = 0, toMs }: WindowMs): number {
  const upTo = Math.min(toMs ?? Number.POSITIVE_INFINITY, reader.info.durationMs);
  return Math.max(0, upTo - Math.max(0, fromMs)) * 1e6;
}
