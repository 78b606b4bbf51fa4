import { bucketRange } from '../record/types.ts';
import type { LiveFunction } from '../recorder/recording.ts';
import type { AggregateDelta } from './aggregates.ts';
import type { KnownFunction } from './functions.ts';
import { Recent } from './recent.ts';

const HISTORY = 60;
const MS = 1e6;

interface Sums {
  fn: KnownFunction;
  calls: number;
  totalNs: number;
  maxNs: number;
  errors: number;
  buckets: number[];
  recent: Recent;
}

/** All calls by function, from what the kernel counted. */
export class LiveFunctions {
  readonly #known = new Map<number, Sums>();

  add(fn: KnownFunction, second: number, delta: AggregateDelta): void {
    let sums = this.#known.get(fn.id);
    if (!sums) {
      const nothing = { calls: 0, totalNs: 0, maxNs: 0, errors: 0, buckets: [] };
      sums = { fn, ...nothing, recent: new Recent(HISTORY) };
      this.#known.set(fn.id, sums);
    }
    sums.calls += delta.count;
    sums.totalNs += delta.sumNs;
    sums.maxNs = Math.max(sums.maxNs, delta.maxNs);
    sums.errors += delta.errors;
    for (const [bucket, count] of delta.buckets) sums.buckets[bucket] = (sums.buckets[bucket] ?? 0) + count;
    sums.recent.add(second, delta.count);
  }

  /** Longest total first. */
  list(second: number): LiveFunction[] {
    return [...this.#known.values()]
      .sort((a, b) => b.totalNs - a.totalNs)
      .map(sums => ({
        fn: sums.fn.name,
        layer: sums.fn.layer,
        calls: sums.calls,
        totalMs: sums.totalNs / MS,
        p50Ms: percentile(sums, 50) / MS,
        p95Ms: percentile(sums, 95) / MS,
        p99Ms: percentile(sums, 99) / MS,
        maxMs: sums.maxNs / MS,
        errors: sums.errors,
        perSecond: sums.recent.history(second, Math.min(HISTORY, second + 1)),
      }));
  }
}

/** By nearest rank, at the place in its bucket that its rank there is at; at most a quarter off. */
function percentile({ calls, maxNs, buckets }: Sums, percent: number): number {
  const rank = Math.max(1, Math.ceil((calls * percent) / 100));
  let below = 0;
  for (const [bucket, count = 0] of buckets.entries()) {
    if (count > 0 && below + count >= rank) {
      const { from, to } = bucketRange(bucket);
      return Math.min(maxNs, from + ((rank - below - 0.5) / count) * (to - from));
    }
    below += count;
  }
  return maxNs;
}
