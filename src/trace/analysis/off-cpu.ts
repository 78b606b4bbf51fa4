import type { OffCpu, TraceReader } from '../model.ts';
import { overlap } from './window.ts';

/** All times off CPU of one thread, in order, and what is known of how complete they are. */
export interface ThreadOffCpu {
  readonly tid: number;
  readonly intervals: readonly OffCpu[];
  /** Durations, in nanoseconds, at which the thread's sleeps repeat: it polls. */
  readonly polls: readonly PollSleep[];
}

/** A thread that sleeps for the same time again and again is waiting for something to do, and delays nothing. */
export interface PollSleep {
  /** The timeout it sleeps for. */
  nominal: number;
  count: number;
  /** Time slept so in all. */
  total: number;
}

/** Timeouts that programs poll with, in nanoseconds. */
const TIMEOUTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000].map(ms => ms * 1e6);
/** A sleep may end this much beside its timeout. */
const BAND = 0.01;
/** Around a timeout, sleeps of other lengths must be rarer than those of just that length. */
const SURROUND = 0.2;
const LEAST_POLLS = 8;

/** The timeouts at which sleeps gather; assumes nothing about their order. */
export function pollSleeps(intervals: readonly OffCpu[]): PollSleep[] {
  return TIMEOUTS.flatMap(nominal => {
    const near = (width: number) =>
      intervals.filter(({ dur, state }) => state !== 'R' && Math.abs(dur - nominal) <= nominal * width);
    const polls = near(BAND);
    if (polls.length < LEAST_POLLS || polls.length * 2 < near(SURROUND).length) return [];
    return [{ nominal, count: polls.length, total: polls.reduce((sum, { dur }) => sum + dur, 0) }];
  });
}

export function isPoll(interval: OffCpu, polls: readonly PollSleep[]): boolean {
  return polls.some(({ nominal }) => Math.abs(interval.dur - nominal) <= nominal * BAND);
}

/** Reads one thread's intervals. */
export function threadOffCpu(reader: TraceReader, tid: number): ThreadOffCpu {
  const intervals = reader.select<OffCpu>('trace_off_cpu', 'WHERE tid = ? ORDER BY start', [tid]);
  return { tid, intervals, polls: pollSleeps(intervals) };
}

/** What a thread did between two times, in nanoseconds; the rest of the time it ran. */
export interface Meanwhile {
  off: number;
  /** Ready to run, and another ran. */
  runnable: number;
  /** Uninterruptible: disk, page fault. */
  disk: number;
  sleeping: number;
  /** Off CPU for a reason that the file does not give. */
  unknown: number;
  /** Part of `off` that was poll sleeps. */
  polling: number;
  switches: number;
  /** Who got the CPU, by nanoseconds ready to run. */
  rivals: Map<number, number>;
}

/** Splits the off-CPU time in `[from, to)` by state. Assumes intervals in order that do not overlap. */
export function meanwhile(thread: ThreadOffCpu, from: number, to: number): Meanwhile {
  const sum: Meanwhile = {
    off: 0,
    runnable: 0,
    disk: 0,
    sleeping: 0,
    unknown: 0,
    polling: 0,
    switches: 0,
    rivals: new Map(),
  };
  for (let at = firstEndingAfter(thread.intervals, from); at < thread.intervals.length; at++) {
    const interval = thread.intervals[at]!;
    if (interval.start >= to) break;
    const inside = overlap(interval.start, interval.dur, from, to);
    if (inside === 0) continue;
    sum.switches += 1;
    sum.off += inside;
    if (isPoll(interval, thread.polls)) sum.polling += inside;
    const share = readyShare(interval);
    if (share === undefined) {
      sum.unknown += inside;
      continue;
    }
    const ready = inside * share;
    sum.runnable += ready;
    if (interval.state?.startsWith('D')) sum.disk += inside - ready;
    else sum.sleeping += inside - ready;
    if (ready > 0 && interval.next_pid !== null) {
      sum.rivals.set(interval.next_pid, (sum.rivals.get(interval.next_pid) ?? 0) + ready);
    }
  }
  return sum;
}

/** Share of an interval that the thread was ready to run; undefined where the file does not say. */
function readyShare({ state, runnable, dur }: OffCpu): number | undefined {
  if (state === null) return undefined;
  if (state.startsWith('R')) return 1;
  return dur > 0 ? Math.min(1, (runnable ?? 0) / dur) : 0;
}

function firstEndingAfter(intervals: readonly OffCpu[], time: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle]!.start + intervals[middle]!.dur > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
