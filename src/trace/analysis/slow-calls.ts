import type { TraceCall, TraceReader } from '../model.ts';
import { durations, type FunctionDurations } from './durations.ts';
import { type Meanwhile, meanwhile, type ThreadOffCpu } from './off-cpu.ts';
import { seenCalls, seenPercentile } from './seen.ts';
import { type Inside, outermostCalls } from './slow-rows.ts';
import { offCpuDuring, unwatched } from './thread-switches.ts';
import type { WindowMs } from './window.ts';

/** Below this nothing is worth a reason, in nanoseconds. */
const FLOOR = 100_000;
/** How many times its function's median a call must take to be slow. */
const TIMES_MEDIAN = 5;
/** With fewer calls than this a median says little; then a call of a millisecond is slow. */
const FEW = 5;
const SLOW_OF_FEW = 1_000_000;
/** A copy of this many bytes takes time by its size. */
export const LARGE_COPY = 1_000_000;

export interface SlowCall extends TraceCall {
  /** Median of its function, in nanoseconds. */
  median: number;
  /** Calls of its function in the window. */
  of: number;
  /** The first call of this function that the trace has of its process. */
  isFirst: boolean;
  /** Calls that it made, by function, in nanoseconds. */
  inside: Inside;
  did: Meanwhile;
  /** Whether the thread's switches were being recorded at that time. */
  covered: boolean;
  thread: ThreadOffCpu;
}

interface Typical {
  median: number;
  n: number;
}

/**
 * Calls that took far longer than their function usually does, each with what its own thread did meanwhile. A call
 * inside another is part of that one and not slow in its own right.
 */
export function slowCalls(reader: TraceReader, window: WindowMs = {}): SlowCall[] {
  const usual = durations(reader, window);
  const typical = typicalOf(reader, usual, window);
  // A first call is the first of the whole trace, not of the window.
  const isAll = window.fromMs === undefined && window.toMs === undefined;
  const whole = isAll ? usual : durations(reader);
  const keyOf = (call: Pick<TraceCall, 'layer' | 'fn'>) => `${call.layer} ${call.fn}`;
  const least = new Map(
    [...typical].map(([key, one]) => [usual.get(key)!.fn, leastOf(usual.get(key)!, one)]),
  );
  const found = outermostCalls(reader, window, FLOOR, least).filter(({ call }) =>
    isSlow(call, typical.get(keyOf(call))!),
  );
  const threads = offCpuDuring(
    reader,
    found.map(({ call }) => call),
  );
  return found.map(({ call, inside }) => {
    const thread = threads.get(call.tid) ?? unwatched(call.tid);
    const { median, n } = typical.get(keyOf(call))!;
    return {
      ...call,
      median,
      of: n,
      isFirst: whole.get(keyOf(call))!.byProcess.get(call.pid)?.first.start === call.start,
      inside,
      did: meanwhile(thread, call.start, call.start + call.dur),
      covered: isCovered(thread, call),
      thread,
    };
  });
}

/** Medians over all that was seen, so that what is usual does not come from the slow calls that were kept. */
function typicalOf(
  reader: TraceReader,
  usual: ReadonlyMap<string, FunctionDurations>,
  window: WindowMs,
): Map<string, Typical> {
  const seen = seenCalls(reader, window);
  return new Map(
    [...usual].map(([key, { durations: kept }]) => {
      const all = seen.get(key);
      const n = all?.buckets ? Math.max(all.count, kept.count) : kept.count;
      return [key, { median: seenPercentile(kept, all, 50).ns, n }];
    }),
  );
}

/** From how long on a call of the function may be slow. */
function leastOf({ kind }: FunctionDurations, typical: Typical): number {
  const least = slowFrom(typical);
  return kind === 'copy' ? Math.min(least, SLOW_OF_FEW) : least;
}

function slowFrom({ median, n }: Typical): number {
  return n < FEW ? SLOW_OF_FEW : Math.max(FLOOR, median * TIMES_MEDIAN);
}

function isSlow(call: TraceCall, typical: Typical): boolean {
  if (call.kind === 'copy' && (call.bytes ?? 0) >= LARGE_COPY) return call.dur >= SLOW_OF_FEW;
  return call.dur >= slowFrom(typical);
}

/** Before a thread's first recorded switch, and after its last, nothing is known of it. */
function isCovered({ from, to }: ThreadOffCpu, call: TraceCall): boolean {
  return call.start + call.dur > from && call.start <= to;
}
