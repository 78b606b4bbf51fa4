import type { TraceReader } from '../model.ts';
import { percentile } from './distribution.ts';
import { durations } from './durations.ts';
import type { Finding } from './finding.ts';
import { count, listText, msOf, timeText } from './units.ts';

/** Less than this of a process, in nanoseconds, is not worth a word. */
const LEAST = 10_000_000;
/** A first call this many times the median did something that later ones need not. */
const INITIALISES = 3;

/** What the first calls of each process cost beyond later ones. */
export function firstUse(reader: TraceReader, nameOf: (pid: number) => string): Finding[] {
  const firsts = [...durations(reader).values()]
    .filter(({ layer }) => layer === 'runtime' || layer === 'nccl')
    .flatMap(({ fn, kind, durations: all, byProcess }) => {
      // A wait, or a copy, takes its time by what it waits for and by its size.
      if (kind === 'sync' || kind === 'copy') return [];
      const median = all.count > 1 ? percentile(all, 50) : 0;
      return [...byProcess]
        .filter(([, { first }]) => first.dur >= median * INITIALISES)
        .map(([pid, { first }]) => ({ pid, fn, cost: first.dur - median }));
    });
  return [...Map.groupBy(firsts, one => one.pid)].flatMap(([pid, own]) => {
    const total = own.reduce((sum, { cost }) => sum + cost, 0);
    if (total < LEAST) return [];
    const dear = own.sort((a, b) => b.cost - a.cost).slice(0, 3);
    return {
      kind: 'first-use' as const,
      pid,
      process: nameOf(pid),
      wonMs: msOf(total),
      figures: { functions: own.length },
      sentence: `First calls of ${count(own.length, 'function')} cost ${nameOf(pid)} ${timeText(total)} beyond what later calls take: ${listText(dear.map(({ fn, cost }) => `${fn} ${timeText(cost)}`))}. First use creates the context and loads code.`,
      advice:
        'Warm up before what counts is measured or served: run one small step at start, and preload with CUDA_MODULE_LOADING=EAGER where the wait may come at start.',
    };
  });
}
