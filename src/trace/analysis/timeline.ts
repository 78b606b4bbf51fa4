import type { TraceReader } from '../model.ts';
import { msOf } from './units.ts';
import { type WindowMs, windowOf } from './window.ts';

export interface TimelineQuery extends WindowMs {
  pid?: number;
  tid?: number;
  /** Leaves out what is shorter. */
  minMs?: number;
  limit?: number;
}

export interface TimelineEntry {
  atMs: number;
  ms: number;
  pid: number;
  tid: number;
  /** A function, `off CPU`, or the name of a kernel or range. */
  what: string;
  layer: string;
  bytes?: number;
}

export interface Timeline {
  /** In order of time. */
  entries: TimelineEntry[];
  /** Entries in the window before the shorter ones were left out. */
  total: number;
}

const ALL = `
SELECT start, dur, pid, tid, fn AS what, layer, bytes FROM trace_calls
UNION ALL SELECT start, dur, pid, tid, 'off CPU' || coalesce(' ' || state, ''), 'host', NULL FROM trace_off_cpu
UNION ALL SELECT start, dur, 0, 0, coalesce(name, kind), 'gpu', bytes FROM trace_gpu_work
UNION ALL SELECT start, dur, 0, tid, name, 'range', NULL FROM trace_ranges`;

/** What happened in a window, by thread and time: the longest `limit` entries, in order of time. */
export function timeline(reader: TraceReader, query: TimelineQuery = {}): Timeline {
  const { from, to } = windowOf(query);
  const where = `WHERE start < ? AND start + dur >= ? AND dur >= ? AND (? = 0 OR pid = ?) AND (? = 0 OR tid = ?)`;
  const { pid = 0, tid = 0 } = query;
  const values = [to, from, Math.round((query.minMs ?? 0) * 1e6), pid, pid, tid, tid];
  const [counted] = reader.query<{ n: number }>(`SELECT count(*) AS n FROM (${ALL}) ${where}`, values);
  const rows = reader.query<{
    start: number;
    dur: number;
    pid: number;
    tid: number;
    what: string;
    layer: string;
    bytes: number | null;
  }>(`SELECT * FROM (SELECT * FROM (${ALL}) ${where} ORDER BY dur DESC LIMIT ?) ORDER BY start, dur DESC`, [
    ...values,
    query.limit ?? 40,
  ]);
  return {
    total: counted!.n,
    entries: rows.map(({ start, dur, bytes, ...row }) => ({
      atMs: msOf(start),
      ms: msOf(dur),
      ...row,
      ...(bytes === null ? {} : { bytes }),
    })),
  };
}
