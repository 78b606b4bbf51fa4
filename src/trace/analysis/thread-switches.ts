import type { OffCpu, TraceReader } from '../model.ts';
import type { ThreadOffCpu } from './off-cpu.ts';
import { PollCounter } from './polls.ts';
import { type Span, SpanSet } from './spans.ts';

/** When something about a thread is to be explained. */
export interface ThreadSpan extends Span {
  tid: number;
}

type Row = [
  tid: number,
  pid: number,
  start: number,
  dur: number,
  state: string | null,
  runnable: number | null,
  next: number | null,
  last: number | null,
  waker: number | null,
  syscall: number | null,
];

/**
 * Times off CPU of the threads of `spans` that overlap one of them, by thread, in one pass over all switches: there
 * is no index on them, and they may be millions. A thread without a recorded switch is not in the answer.
 */
export function offCpuDuring(
  reader: TraceReader,
  spans: readonly ThreadSpan[],
): ReadonlyMap<number, ThreadOffCpu> {
  const wanted = new Map(
    [...Map.groupBy(spans, span => span.tid)].map(([tid, own]) => [tid, new SpanSet(own)]),
  );
  if (wanted.size === 0) return new Map();
  const found = new Map<number, { intervals: OffCpu[]; from: number; to: number; polls: PollCounter }>();
  const rows = reader.rows<Row>(
    `SELECT tid, pid, start, dur, state, runnable, next_pid, last_pid, waker_pid, syscall FROM trace_off_cpu
     WHERE tid IN (SELECT value FROM json_each(?))`,
    [JSON.stringify([...wanted.keys()])],
  );
  for (const [tid, pid, start, dur, state, runnable, next_pid, last_pid, waker_pid, syscall] of rows) {
    const own = found.get(tid) ?? { intervals: [], from: start, to: start + dur, polls: new PollCounter() };
    found.set(tid, own);
    own.from = Math.min(own.from, start);
    own.to = Math.max(own.to, start + dur);
    own.polls.add(dur, state);
    if (wanted.get(tid)!.touches(start, start + dur))
      own.intervals.push({ pid, tid, start, dur, state, runnable, next_pid, last_pid, waker_pid, syscall });
  }
  return new Map(
    [...found].map(([tid, { intervals, from, to, polls }]) => [
      tid,
      { tid, intervals: intervals.sort((a, b) => a.start - b.start), from, to, polls: polls.polls() },
    ]),
  );
}

/** A thread of which nothing was recorded. */
export function unwatched(tid: number): ThreadOffCpu {
  return { tid, intervals: [], from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY, polls: [] };
}
