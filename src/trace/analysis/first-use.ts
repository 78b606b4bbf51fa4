import type { TraceReader } from '../model.ts';
import { percentile } from './distribution.ts';
import { durations } from './durations.ts';
import type { Finding } from './finding.ts';
import { meanwhile } from './off-cpu.ts';
import { offCpuDuring } from './thread-switches.ts';
import { count, listText, msOf, timeText } from './units.ts';

/** Less than this of a process, in nanoseconds, is not worth a word. */
const LEAST = 10_000_000;
/** Functions that cost less of the whole than this are not named. */
const WORTH_A_WORD = 0.01;
/** A first call this many times the median did something that later ones need not. */
const INITIALISES = 3;

/** Where a first call ran. */
interface Place {
  pid: number;
  fn: string;
  tid: number;
  start: number;
  dur: number;
}

/** What the first calls of each process cost beyond later ones, waiting for a CPU left out. */
export function firstUse(reader: TraceReader, nameOf: (pid: number) => string): Finding[] {
  const firsts = [...durations(reader).values()]
    .filter(({ layer }) => layer === 'runtime' || layer === 'nccl')
    .flatMap(({ fn, kind, durations: all, byProcess }) => {
      // A wait, or a copy, takes its time by what it waits for and by its size.
      if (kind === 'sync' || kind === 'copy') return [];
      const median = all.count > 1 ? percentile(all, 50) : 0;
      return [...byProcess]
        .filter(([, { first }]) => first.dur >= median * INITIALISES)
        .map(([pid, { first }]) => ({ pid, fn, start: first.start, cost: first.dur - median }));
    });
  const waited = waitedForCpu(
    reader,
    firsts.filter(({ cost }) => cost >= LEAST / 10).map(({ start }) => start),
  );
  const costs = firsts.map(({ pid, fn, start, cost }) => ({
    pid,
    fn,
    cost: cost - (waited.get(`${pid} ${fn} ${start}`) ?? 0),
  }));
  return [...Map.groupBy(costs, one => one.pid)].flatMap(([pid, all]) => {
    const own = all.filter(({ cost }) => cost > 0);
    const total = own.reduce((sum, { cost }) => sum + cost, 0);
    if (total < LEAST) return [];
    const dear = own
      .filter(({ cost }) => cost >= total * WORTH_A_WORD)
      .sort((a, b) => b.cost - a.cost)
      .slice(0, 3);
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

/** How long calls that began at these times were ready to run without a CPU, by process, function and time. */
function waitedForCpu(reader: TraceReader, starts: readonly number[]): Map<string, number> {
  if (starts.length === 0) return new Map();
  const places = reader.query<Place>(
    `SELECT pid, fn, tid, start, dur FROM trace_calls
     WHERE dur >= ${LEAST / 10} AND start IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(starts)],
  );
  const threads = offCpuDuring(reader, places);
  return new Map(
    places.map(({ pid, fn, tid, start, dur }) => {
      const thread = threads.get(tid);
      return [`${pid} ${fn} ${start}`, thread ? meanwhile(thread, start, start + dur).runnable : 0];
    }),
  );
}
