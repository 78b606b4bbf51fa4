import type { Spread } from '../result.ts';

/** Middle and ends; of an even number of values the middle is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: medianOf(sorted), min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

function medianOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/** undefined as soon as one value is, or where there is none. */
export function knownSpread(values: ReadonlyArray<number | undefined>): Spread | undefined {
  const known = values.filter(value => value !== undefined);
  return known.length === values.length && known.length > 0 ? spreadOf(known) : undefined;
}

export function quotient(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined || below === 0 || above === 0 ? undefined : above / below;
}
