import { fineRange } from '../store/fine-buckets.ts';

/** Durations of calls, in nanoseconds, by rank. */
export interface Distribution {
  readonly count: number;
  /** The `rank`th smallest, from 1; 0 where there is none. */
  at(rank: number): number;
  /** How many are smaller than `value`. */
  below(value: number): number;
}

/** Every duration, ascending. */
export function exactDistribution(sorted: Float64Array): Distribution {
  return {
    count: sorted.length,
    at: rank => sorted[rank - 1] ?? 0,
    below: value => firstAtLeast(sorted.length, at => sorted[at]! >= value),
  };
}

/** From `[bucket, count]` pairs of a fine histogram, in any order; every rank is within 0.1 % of the exact one. */
export function fineDistribution(pairs: Iterable<readonly [bucket: number, count: number]>): Distribution {
  const sums = new Map<number, number>();
  for (const [bucket, count] of pairs) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  const buckets = [...sums.keys()].sort((a, b) => a - b);
  const upTo: number[] = [];
  let total = 0;
  for (const bucket of buckets) {
    total += sums.get(bucket)!;
    upTo.push(total);
  }
  return {
    count: total,
    at: rank => {
      const bucket = buckets[firstAtLeast(buckets.length, at => upTo[at]! >= rank)];
      if (bucket === undefined) return 0;
      const { from, to } = fineRange(bucket);
      // A bucket of one nanosecond holds just that duration.
      return to - from === 1 ? from : (from + to) / 2;
    },
    below: value => {
      const end = firstAtLeast(buckets.length, at => fineRange(buckets[at]!).to > value);
      return end > 0 ? upTo[end - 1]! : 0;
    },
  };
}

/** Nearest rank: the smallest value that `percent` of all do not exceed. */
export function percentile(durations: Distribution, percent: number): number {
  return durations.at(rankOf(durations.count, percent));
}

export function rankOf(count: number, percent: number): number {
  return Math.max(1, Math.ceil((count * percent) / 100));
}

function firstAtLeast(length: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
