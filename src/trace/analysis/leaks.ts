import type { Finding } from './finding.ts';
import type { AllocationSite } from './live-memory.ts';
import { bytesText, count } from './units.ts';

const SLICES = 10;
const LEAST_ALLOCATIONS = 8;
/** In so many of the later slices there must be growth, */
const GROWING = 4;
/** and the second half must bring at least this share of what the first did: a cache fills and then stops. */
const STEADY = 0.5;

/** Places whose never freed memory grows to the end. `from` and `to` are the window, in nanoseconds. */
export function leaks(
  sites: readonly AllocationSite[],
  from: number,
  to: number,
  nameOf: (pid: number) => string,
): Finding[] {
  const length = to - from;
  if (length <= 0) return [];
  return sites.flatMap(({ pid, site, fn, liveAllocations, liveBytes, live }) => {
    if (liveAllocations < LEAST_ALLOCATIONS) return [];
    const slices = new Array<number>(SLICES).fill(0);
    for (const { start, bytes } of live)
      slices[Math.max(0, Math.min(SLICES - 1, Math.floor(((start - from) / length) * SLICES)))]! += bytes;
    const half = SLICES / 2;
    const [first, second] = [slices.slice(0, half), slices.slice(half)].map(part =>
      part.reduce((sum, bytes) => sum + bytes, 0),
    );
    const isGrowing = slices.slice(half).filter(bytes => bytes > 0).length >= GROWING;
    if (!isGrowing || second! < first! * STEADY) return [];
    const perSecond = liveBytes / (length / 1e9);
    return {
      kind: 'leak' as const,
      pid,
      process: nameOf(pid),
      wonMs: 0,
      figures: { allocations: liveAllocations, bytes: liveBytes, bytesPerSecond: Math.round(perSecond) },
      sentence: `${count(liveAllocations, 'allocation')} of ${fn}${site ? ` in ${site}` : ''} of ${nameOf(pid)} (${bytesText(liveBytes)}) were never freed, and grow by ${bytesText(perSecond)} a second to the end: a leak, and no cache that fills up.`,
      advice: site
        ? `Free what ${site} allocates, or drop the references to it.`
        : 'Record with --stacks to see which function allocates it.',
    };
  });
}
