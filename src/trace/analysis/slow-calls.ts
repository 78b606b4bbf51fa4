import type { TraceCall, TraceReader } from '../model.ts';
import { durations, percentile } from './durations.ts';
import { type Meanwhile, meanwhile, type ThreadOffCpu, threadOffCpu } from './off-cpu.ts';
import { type WindowMs, windowOf } from './window.ts';

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
  /** Time in calls of the driver that it made. */
  nested: number;
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
 * Calls that took far longer than their function usually does, each with what its own thread did meanwhile. A
 * driver call inside a runtime call is part of that one and not slow in its own right.
 */
export function slowCalls(reader: TraceReader, window: WindowMs = {}): SlowCall[] {
  const { from, to } = windowOf(window);
  const usual = durations(reader, window);
  // A first call is the first of the whole trace, not of the window.
  const isAll = window.fromMs === undefined && window.toMs === undefined;
  const whole = isAll ? usual : durations(reader);
  const found: SlowCall[] = [];
  let thread: ThreadOffCpu | undefined;
  let outer: { call: TraceCall; slow: SlowCall | undefined } | undefined;
  const rows = reader.iterate<TraceCall>(
    'trace_calls',
    `WHERE dur >= ${FLOOR / 4} AND start >= ? AND start < ? AND layer IN ('runtime', 'driver', 'nccl')
     ORDER BY tid, start, dur DESC`,
    [from, to],
  );
  for (const call of rows) {
    if (outer && outer.call.tid === call.tid && call.start < outer.call.start + outer.call.dur) {
      if (outer.slow && call.layer === 'driver') outer.slow.nested += call.dur;
      continue;
    }
    const key = `${call.layer} ${call.fn}`;
    const { sorted } = usual.get(key)!;
    const typical = { median: percentile(sorted, 50), n: sorted.length };
    let slow: SlowCall | undefined;
    if (isSlow(call, typical)) {
      if (thread?.tid !== call.tid) thread = threadOffCpu(reader, call.tid);
      slow = {
        ...call,
        median: typical.median,
        of: typical.n,
        isFirst: whole.get(key)!.first.get(call.pid)?.start === call.start,
        nested: 0,
        did: meanwhile(thread, call.start, call.start + call.dur),
        covered: isCovered(thread, call),
        thread,
      };
      found.push(slow);
    }
    outer = { call, slow };
  }
  return found;
}

function isSlow(call: TraceCall, { median, n }: Typical): boolean {
  if (call.kind === 'copy' && (call.bytes ?? 0) >= LARGE_COPY) return call.dur >= SLOW_OF_FEW;
  return call.dur >= (n < FEW ? SLOW_OF_FEW : Math.max(FLOOR, median * TIMES_MEDIAN));
}

/** Before a thread's first recorded switch, and after its last, nothing is known of it. */
function isCovered({ intervals }: ThreadOffCpu, call: TraceCall): boolean {
  const last = intervals.at(-1);
  return (
    last !== undefined && call.start + call.dur > intervals[0]!.start && call.start <= last.start + last.dur
  );
}
