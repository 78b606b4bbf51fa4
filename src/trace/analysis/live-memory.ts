import type { TraceReader } from '../model.ts';
import { siteNames } from './sites.ts';
import { type WindowMs, windowOf } from './window.ts';

/** Memory that one place of a process allocated and had not freed when the window ended. */
export interface AllocationSite {
  pid: number;
  /** The function that asked for it, where stacks were recorded. */
  site?: string;
  fn: string;
  liveAllocations: number;
  liveBytes: number;
  /** When each was allocated, in nanoseconds, ascending, with its size. */
  live: ReadonlyArray<{ start: number; bytes: number }>;
}

interface Row {
  pid: number;
  fn: string;
  stack: number | null;
  start: number;
  bytes: number;
}

/** More live allocations than this are a cache of someone's own, and as many as are looked at. */
const MOST = 200_000;

/**
 * What was still allocated at the end of the window, by who allocated it, most bytes first. Empty where the file does
 * not say which allocation a free gave back.
 */
export function liveSites(reader: TraceReader, window: WindowMs = {}): AllocationSite[] {
  if (reader.info.format !== 'kv') return [];
  const { from, to } = windowOf(window);
  const rows = reader.query<Row>(
    `SELECT pid, fn, stack, start, bytes FROM trace_calls
     WHERE kind = 'alloc' AND parent IS NULL AND ret = 0 AND bytes > 0 AND start >= ? AND start < ?
       AND id NOT IN (SELECT pair FROM trace_calls WHERE kind = 'free' AND pair IS NOT NULL AND start < ?)
     ORDER BY start LIMIT ${MOST}`,
    [from, to, to],
  );
  const names = siteNames(
    reader,
    rows.flatMap(row => (row.stack === null ? [] : [row.stack])),
  );
  const siteOf = ({ stack }: Row) => (stack === null ? undefined : names.get(stack));
  return [...Map.groupBy(rows, row => `${row.pid} ${row.fn} ${siteOf(row) ?? ''}`).values()]
    .map(own => ({
      pid: own[0]!.pid,
      site: siteOf(own[0]!),
      fn: own[0]!.fn,
      liveAllocations: own.length,
      liveBytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      live: own.map(({ start, bytes }) => ({ start, bytes })),
    }))
    .sort((a, b) => b.liveBytes - a.liveBytes);
}
