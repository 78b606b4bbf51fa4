/**
 * Histograms of durations with 512 equal buckets an octave. Below 512 ns a bucket is one nanosecond; above, buckets
 * of [2^e, 2^(e+1)) are 2^(e-9) wide, numbered (e - 9) × 512 + 512 and on. The middle of a bucket is within 0.1 % of
 * every duration in it: half of a width that is at most a 512th of the bucket's lower end.
 */
const STEPS = 512;
const STEPS_LOG2 = 9;
const WORD = 2 ** 32;

/** The bucket of a whole number of nanoseconds, 0 or more. */
export function fineBucket(ns: number): number {
  if (ns < STEPS) return ns;
  const octave = ns < WORD ? 31 - Math.clz32(ns) : 63 - Math.clz32(Math.floor(ns / WORD));
  return (octave - STEPS_LOG2) * STEPS + Math.floor(ns / 2 ** (octave - STEPS_LOG2));
}

/** The durations of a bucket: from `from` up to, and without, `to`. */
export function fineRange(bucket: number): { from: number; to: number } {
  if (bucket < STEPS) return { from: bucket, to: bucket + 1 };
  const width = 2 ** (Math.floor(bucket / STEPS) - 1);
  const from = (STEPS + (bucket % STEPS)) * width;
  return { from, to: from + width };
}

/** Counts by bucket. Takes 4 KB for each octave in which there is something. */
export class FineHistogram {
  readonly #octaves: (Float64Array | undefined)[] = [];

  add(ns: number): void {
    const bucket = fineBucket(ns);
    const octave = bucket >> STEPS_LOG2;
    let counts = this.#octaves[octave];
    if (!counts) {
      counts = new Float64Array(STEPS);
      this.#octaves[octave] = counts;
    }
    counts[bucket & (STEPS - 1)]! += 1;
  }

  /** `[[bucket, count], …]`, ascending, without the empty ones. */
  toJSON(): Array<[bucket: number, count: number]> {
    const used: Array<[number, number]> = [];
    this.#octaves.forEach((counts, octave) => {
      counts?.forEach((count, step) => {
        if (count > 0) used.push([octave * STEPS + step, count]);
      });
    });
    return used;
  }
}
