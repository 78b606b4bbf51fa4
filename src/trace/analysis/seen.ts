import type { TraceReader } from '../model.ts';
import { bucketRange } from '../record/types.ts';
import { type Distribution, percentile, rankOf } from './distribution.ts';
import type { DurationsQuery } from './durations.ts';
import { bucketPairs } from './totals.ts';
import { windowOf } from './window.ts';

/** What the recorder saw of a function, kept as rows or not. */
export interface Seen {
  fn: string;
  layer: string;
  kind: string;
  count: number;
  total: number;
  max: number;
  /** Calls by bucket of the recorder's histogram; undefined where the file has no histograms. */
  buckets: Map<number, number> | undefined;
}

/** kv writes one row a second, in nanoseconds. */
const ROW_SPAN = 1e9;

interface Row {
  fn: string;
  layer: string;
  kind: string;
  start: number;
  count: number;
  total: number;
  max: number;
  buckets: string | null;
}

/**
 * By function (key: `layer fn`), where the recorder kept fewer rows than it saw. Of the seconds at the edges of a
 * window their share is taken. Files of others have no histograms; their sums are for a whole trace only.
 */
export function seenCalls(reader: TraceReader, query: DurationsQuery): Map<string, Seen> {
  const { from, to } = windowOf(query);
  const isWhole = query.fromMs === undefined && query.toMs === undefined;
  const { fn = '', pid = 0 } = query;
  const rows = reader.query<Row>(
    `SELECT fn, layer, kind, start, count, total, max, buckets FROM trace_aggregates
     WHERE layer <> 'host' AND start < ? AND start > ? AND fn LIKE ? AND (? = 0 OR pid = ?)
       AND (layer, fn) IN (SELECT layer, fn FROM trace_aggregates GROUP BY 1, 2 HAVING sum(count) > sum(stored))`,
    [to, Math.max(from, 0) - ROW_SPAN, `%${fn}%`, pid, pid],
  );
  const seen = new Map<string, Seen>();
  for (const row of rows) {
    if (!isWhole && row.buckets === null) continue;
    const share = isWhole ? 1 : (Math.min(row.start + ROW_SPAN, to) - Math.max(row.start, from)) / ROW_SPAN;
    const { fn, layer, kind } = row;
    const own = seen.get(`${layer} ${fn}`) ?? {
      fn,
      layer,
      kind,
      count: 0,
      total: 0,
      max: 0,
      buckets: new Map(),
    };
    seen.set(`${layer} ${fn}`, own);
    own.max = Math.max(own.max, row.max);
    own.count += row.count * share;
    own.total += row.total * share;
    if (row.buckets === null) own.buckets = undefined;
    else
      for (const [bucket, count] of bucketPairs(row.buckets))
        own.buckets?.set(bucket, (own.buckets.get(bucket) ?? 0) + count * share);
  }
  for (const own of seen.values()) own.count = Math.round(own.count);
  return seen;
}

export interface Percentile {
  ns: number;
  /** It falls among calls that were not kept: within its bucket it is interpolated, off by a quarter at most. */
  approximate: boolean;
}

/** A percentile over all calls that were seen: exact where the rank falls among kept rows. */
export function seenPercentile(kept: Distribution, seen: Seen | undefined, percent: number): Percentile {
  if (!seen?.buckets || seen.count <= kept.count)
    return { ns: percentile(kept, percent), approximate: false };
  const parts = [...seen.buckets.keys()]
    .sort((a, b) => a - b)
    .map(bucket => {
      const { from, to } = bucketRange(bucket);
      const before = kept.below(from);
      const own = kept.below(to) - before;
      return { from, to, before, own, lost: Math.max(0, Math.round(seen.buckets!.get(bucket)!) - own) };
    });
  const rank = rankOf(kept.count + parts.reduce((sum, part) => sum + part.lost, 0), percent);
  let lost = 0;
  for (const part of parts) {
    const upTo = part.before + part.own + lost;
    if (part.lost === 0 ? rank <= upTo : rank <= part.before + lost)
      return { ns: kept.at(rank - lost), approximate: false };
    if (rank <= upTo + part.lost) {
      const share = (rank - part.before - lost - 0.5) / (part.own + part.lost);
      return { ns: part.from + share * (part.to - part.from), approximate: true };
    }
    lost += part.lost;
  }
  return { ns: kept.at(rank - lost), approximate: false };
}
