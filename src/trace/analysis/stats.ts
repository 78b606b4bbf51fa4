import type { TraceReader } from '../model.ts';
import { exactDistribution } from './distribution.ts';
import { type DurationsQuery, durations, type FunctionDurations } from './durations.ts';
import { type Seen, seenCalls, seenPercentile } from './seen.ts';
import { msOf } from './units.ts';

/**
 * One function. Percentiles are by nearest rank over the calls of the window: exact from their rows, within 0.1 % for
 * the whole of a trace of more than a million calls.
 */
export interface FunctionStats {
  fn: string;
  layer: string;
  kind: string;
  /** Kept as rows. */
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
  /**
   * What the recorder saw, where it kept fewer as rows. Percentiles are of all that was seen (`percentilesOf`) where the
   * file has histograms of it, and of the rows where it has none.
   */
  seen?: number;
  /** Their total time. */
  seenMs?: number;
  percentilesOf?: 'rows' | 'seen';
  /** Percentiles that fall among calls that were not kept: interpolated in a bucket, off by a quarter at most. */
  approximate?: PercentileName[];
}

export const PERCENTILES = { p50Ms: 50, p95Ms: 95, p99Ms: 99 } as const;
export type PercentileName = keyof typeof PERCENTILES;

/** Counts, totals and percentiles by function, the one that took longest in all first. */
export function functionStats(reader: TraceReader, query: DurationsQuery = {}): FunctionStats[] {
  const seen = seenCalls(reader, query);
  const kept = durations(reader, query);
  for (const [key, one] of seen) if (one.buckets && !kept.has(key)) kept.set(key, noneKept(one));
  return [...kept]
    .map(([key, own]) => statsOf(own, seen.get(key)))
    .sort((a, b) => b.totalMs - a.totalMs || (b.seenMs ?? 0) - (a.seenMs ?? 0));
}

function statsOf(own: FunctionDurations, seen: Seen | undefined): FunctionStats {
  const calls = own.durations.count;
  const ranks = Object.entries(PERCENTILES).map(([name, percent]) => ({
    name: name as PercentileName,
    ...seenPercentile(own.durations, seen, percent),
  }));
  const at = new Map(ranks.map(({ name, ns }) => [name, ns]));
  const approximate = ranks.filter(rank => rank.approximate).map(({ name }) => name);
  const median = at.get('p50Ms')!;
  const first = Math.max(0, ...own.byProcess.values().map(share => share.first.dur));
  const isFirstDear = (seen?.count ?? calls) > 1 && calls > 0 && first >= 10 * median;
  return {
    fn: own.fn,
    layer: own.layer,
    kind: own.kind,
    calls,
    totalMs: msOf(own.total),
    p50Ms: msOf(median),
    p95Ms: msOf(at.get('p95Ms')!),
    p99Ms: msOf(at.get('p99Ms')!),
    maxMs: msOf(own.max),
    maxAtMs: msOf(own.maxAt),
    bytes: own.bytes,
    firstCallMs: isFirstDear ? msOf(first) : undefined,
    failed: isCuda(own.layer) ? own.failed : 0,
    ...(seen && seen.count > calls
      ? {
          seen: seen.count,
          seenMs: msOf(seen.total),
          percentilesOf: seen.buckets ? ('seen' as const) : ('rows' as const),
        }
      : {}),
    ...(approximate.length > 0 ? { approximate } : {}),
  };
}

function noneKept({ fn, layer, kind, max }: Seen): FunctionDurations {
  const none = { total: 0, maxAt: 0, bytes: undefined, failed: 0, byProcess: new Map() };
  return { fn, layer, kind, max, durations: exactDistribution(new Float64Array(0)), ...none };
}

/** Disk and socket calls return sizes, not codes. */
function isCuda(layer: string): boolean {
  return layer === 'runtime' || layer === 'driver' || layer === 'nccl';
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
