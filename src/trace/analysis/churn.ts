import type { TraceReader } from '../model.ts';
import { type CallSum, spanOf } from './call-sums.ts';
import type { Finding } from './finding.ts';
import { siteNames } from './sites.ts';
import { bytesText, count, msOf, percentText, timeText } from './units.ts';
import { type WindowMs, windowOf } from './window.ts';

/** From so many allocations of one size, and so many a second, on. */
const LEAST = 50;
const OFTEN = 10;
/** From this share of them freed again on. */
const MOSTLY = 0.8;
/** Allocations that are cheap because a pool serves them. */
const POOLED = /Async|FromPool/;

interface Row {
  pid: number;
  fn: string;
  kind: string;
  bytes: number;
  n: number;
  total: number;
  stack: number | null;
}

/** Memory that is allocated and freed again and again, by process and size. */
export function allocationChurn(
  reader: TraceReader,
  window: WindowMs,
  sums: readonly CallSum[],
  nameOf: (pid: number) => string,
): Finding[] {
  const span = spanOf(reader, window);
  if (!sums.some(({ kind, calls, fn }) => kind === 'alloc' && calls >= LEAST && !POOLED.test(fn))) return [];
  const { from, to } = windowOf(window);
  const rows = reader.query<Row>(
    `SELECT pid, fn, kind, bytes, count(*) AS n, sum(dur) AS total, max(stack) AS stack FROM trace_calls
     WHERE kind IN ('alloc', 'free') AND parent IS NULL AND ret = 0 AND bytes > 0 AND start >= ? AND start < ?
     GROUP BY pid, fn, kind, bytes HAVING n >= ${LEAST / 2}`,
    [from, to],
  );
  const plain = rows.filter(row => !POOLED.test(row.fn));
  return [...Map.groupBy(plain, row => row.pid)].flatMap(([pid, own]) => {
    const sizes = [...Map.groupBy(own, row => row.bytes).values()].filter(same => {
      const [allocs, frees] = ['alloc', 'free'].map(kind => counted(same, kind));
      return allocs! >= LEAST && frees! >= allocs! * MOSTLY && allocs! >= (OFTEN * span) / 1e9;
    });
    if (sizes.length === 0) return [];
    const all = sizes.flat();
    const total = all.reduce((sum, row) => sum + row.total, 0);
    const allocations = counted(all, 'alloc');
    const largest = sizes.reduce((a, b) => (counted(b, 'alloc') > counted(a, 'alloc') ? b : a));
    const first = largest.find(row => row.kind === 'alloc')!;
    const site = first.stack === null ? undefined : siteNames(reader, [first.stack]).get(first.stack);
    return {
      kind: 'allocation-churn' as const,
      pid,
      process: nameOf(pid),
      wonMs: msOf(total),
      figures: {
        allocations,
        perSecond: Math.round(allocations / (span / 1e9)),
        bytes: first.bytes,
        share: Number((total / span).toPrecision(3)),
      },
      sentence: `${nameOf(pid)} allocates and frees the same memory again and again: ${count(allocations, 'allocation')} (${Math.round(allocations / (span / 1e9)).toLocaleString('en')} a second), most of ${bytesText(first.bytes)} by ${first.fn}${site ? ` in ${site}` : ''}, with their frees took ${timeText(total)} (${percentText(total / span)} of the time).`,
      advice:
        'Allocate once and reuse, or take memory from a pool: cudaMallocAsync, or the caching allocator of the framework.',
    };
  });
}

function counted(rows: readonly Row[], kind: string): number {
  return rows.filter(row => row.kind === kind).reduce((sum, row) => sum + row.n, 0);
}
