import type { TraceReader } from '../model.ts';
import { type DurationsQuery, durations, percentile } from './durations.ts';
import { msOf } from './units.ts';

/** One function. Percentiles are exact (nearest rank) over the stored calls of the window. */
export interface FunctionStats {
  fn: string;
  layer: string;
  kind: string;
  calls: number;
  totalMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  /** When the longest one began, since the trace began. */
  maxAtMs: number;
  bytes?: number;
  /** The longest first call of a process, where it is ten times the median or more: what first use costs. */
  firstCallMs?: number;
  failed: number;
  /** What the recorder saw in the whole trace, where it kept fewer as rows: percentiles are then of the kept. */
  seen?: number;
  /** Their total time. */
  seenMs?: number;
}

/** Counts, totals and exact percentiles by function, the one that took longest in all first. */
export function functionStats(reader: TraceReader, query: DurationsQuery = {}): FunctionStats[] {
  const seen = seenOf(reader, query);
  return [...durations(reader, query)]
    .sort(([, a], [, b]) => b.total - a.total)
    .map(([key, own]) => {
      const calls = own.sorted.length;
      const median = percentile(own.sorted, 50);
      const first = Math.max(...own.first.values().map(({ dur }) => dur));
      const all = seen.get(key);
      return {
        fn: own.fn,
        layer: own.layer,
        kind: own.kind,
        calls,
        totalMs: msOf(own.total),
        p50Ms: msOf(median),
        p95Ms: msOf(percentile(own.sorted, 95)),
        p99Ms: msOf(percentile(own.sorted, 99)),
        maxMs: msOf(percentile(own.sorted, 100)),
        maxAtMs: msOf(own.maxAt),
        bytes: own.bytes,
        firstCallMs: calls > 1 && first >= 10 * median ? msOf(first) : undefined,
        failed: isCuda(own.layer) ? own.failed : 0,
        ...(all && all.seen > calls ? { seen: all.seen, seenMs: msOf(all.total) } : {}),
      };
    });
}

/** Disk and socket calls return sizes, not codes. */
function isCuda(layer: string): boolean {
  return layer === 'runtime' || layer === 'driver' || layer === 'nccl';
}

/** Aggregates are per minute, so they can be set beside a whole trace only. */
function seenOf(reader: TraceReader, query: DurationsQuery): Map<string, { seen: number; total: number }> {
  if (query.fromMs !== undefined || query.toMs !== undefined) return new Map();
  const rows = reader.query<{ fn: string; layer: string; seen: number; total: number }>(
    `SELECT fn, layer, sum(count) AS seen, sum(total) AS total FROM trace_aggregates
     WHERE (? = 0 OR pid = ?) GROUP BY layer, fn`,
    [query.pid ?? 0, query.pid ?? 0],
  );
  return new Map(rows.map(row => [`${row.layer} ${row.fn}`, { seen: row.seen, total: row.total }]));
}

export interface AggregateTotal {
  fn: string;
  count: number;
  stored: number;
  totalMs: number;
  bytes: number;
}

/** What the recorder counted, by function over all processes. */
export function aggregateTotals(reader: TraceReader): AggregateTotal[] {
  return reader
    .query<Omit<AggregateTotal, 'totalMs'> & { total: number }>(
      `SELECT fn, sum(count) AS count, sum(stored) AS stored, sum(total) AS total, sum(bytes) AS bytes
       FROM trace_aggregates GROUP BY layer, fn ORDER BY count DESC`,
    )
    .map(({ total, ...row }) => ({ ...row, totalMs: msOf(total) }));
}

export interface AggregateSum {
  fn: string;
  pid: number;
  process: string | null;
  count: number;
  stored: number;
  totalMs: number;
  maxMs: number;
  bytes: number;
}

/** What the recorder counted, by function and process, whether or not it kept the rows; most first. */
export function aggregateSums(reader: TraceReader): AggregateSum[] {
  return reader
    .query<Omit<AggregateSum, 'totalMs' | 'maxMs'> & { total: number; max: number }>(
      `SELECT a.fn, a.pid, p.name AS process, sum(a.count) AS count, sum(a.stored) AS stored,
         sum(a.total) AS total, max(a.max) AS max, sum(a.bytes) AS bytes
       FROM trace_aggregates a LEFT JOIN trace_processes p ON p.pid = a.pid
       GROUP BY a.layer, a.fn, a.pid ORDER BY count DESC`,
    )
    .map(({ total, max, ...row }) => ({ ...row, totalMs: msOf(total), maxMs: msOf(max) }));
}
