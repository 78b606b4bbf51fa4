import type { OffCpu } from '../model.ts';
import { isPoll, type PollSleep } from './polls.ts';
import { overlap } from './window.ts';

/** Times off CPU of one thread, in order, and what is known of how complete they are. */
export interface ThreadOffCpu {
  readonly tid: number;
  /** Those that were asked for. */
  readonly intervals: readonly OffCpu[];
  /** From the first to the end of the last of all its recorded times off CPU; before and after nothing is known. */
  readonly from: number;
  readonly to: number;
  /** Durations, in nanoseconds, at which the thread's sleeps repeat: it polls. */
  readonly polls: readonly PollSleep[];
}

/** What a thread did between two times, in nanoseconds; the rest of the time it ran. */
export interface Meanwhile {
  off: number;
  /** Ready to run, and another ran. */
  runnable: number;
  /** Uninterruptible in a system call: a disk, most often. */
  disk: number;
  /** Uninterruptible in none: memory that had to be read in or found. */
  fault: number;
  sleeping: number;
  /** Off CPU for a reason that the file does not give. */
  unknown: number;
  /** Part of `off` that was poll sleeps. */
  polling: number;
  switches: number;
  /** Who had the CPU, by nanoseconds ready to run; 0 is the idle task. */
  rivals: ReadonlyMap<number, number>;
  /** Sleeping and uninterruptible time by system call. */
  syscalls: ReadonlyMap<number, number>;
  /** Sleeping time by who ended it. */
  wakers: ReadonlyMap<number, number>;
}

/** Splits the off-CPU time in `[from, to)` by state. Assumes intervals in order that do not overlap. */
export function meanwhile({ intervals, polls }: ThreadOffCpu, from: number, to: number): Meanwhile {
  const [rivals, syscalls, wakers] = [0, 1, 2].map(() => new Map<number, number>());
  const sum = { off: 0, runnable: 0, disk: 0, fault: 0, sleeping: 0, unknown: 0, polling: 0, switches: 0 };
  for (let at = firstEndingAfter(intervals, from); at < intervals.length; at++) {
    const interval = intervals[at]!;
    if (interval.start >= to) break;
    const inside = overlap(interval.start, interval.dur, from, to);
    if (inside === 0) continue;
    sum.switches += 1;
    sum.off += inside;
    if (isPoll(interval, polls)) sum.polling += inside;
    const share = readyShare(interval);
    if (share === undefined) {
      sum.unknown += inside;
      continue;
    }
    const ready = inside * share;
    const blocked = inside - ready;
    const isHard = interval.state!.startsWith('D');
    sum.runnable += ready;
    if (!isHard) sum.sleeping += blocked;
    else if (interval.syscall === null) sum.fault += blocked;
    else sum.disk += blocked;
    if (ready > 0) for (const [pid, part] of rivalsOf(interval)) add(rivals!, pid, ready * part);
    if (blocked > 0 && interval.syscall !== null) add(syscalls!, interval.syscall, blocked);
    if (blocked > 0 && !isHard && interval.waker_pid !== null) add(wakers!, interval.waker_pid, blocked);
  }
  return { ...sum, rivals: rivals!, syscalls: syscalls!, wakers: wakers! };
}

/** What threads did in several stretches of time together. */
export function summedUp(parts: readonly Meanwhile[]): Meanwhile {
  const sum = (pick: (part: Meanwhile) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const merged = (pick: (part: Meanwhile) => ReadonlyMap<number, number>) => {
    const sums = new Map<number, number>();
    for (const part of parts) for (const [key, ns] of pick(part)) add(sums, key, ns);
    return sums;
  };
  return {
    off: sum(part => part.off),
    runnable: sum(part => part.runnable),
    disk: sum(part => part.disk),
    fault: sum(part => part.fault),
    sleeping: sum(part => part.sleeping),
    unknown: sum(part => part.unknown),
    polling: sum(part => part.polling),
    switches: sum(part => part.switches),
    rivals: merged(part => part.rivals),
    syscalls: merged(part => part.syscalls),
    wakers: merged(part => part.wakers),
  };
}

/** A preempted thread waits for who took its CPU, and at the end for who had the one it came back to; a woken one for that only. */
function rivalsOf({ state, next_pid, last_pid }: OffCpu): Array<[pid: number, part: number]> {
  const candidates = state?.startsWith('R') ? [next_pid, last_pid] : [last_pid ?? next_pid];
  const known = [...new Set(candidates.filter(pid => pid !== null))];
  return known.map(pid => [pid, 1 / known.length]);
}

/** Share of an interval that the thread was ready to run; undefined where the file does not say. */
function readyShare({ state, runnable, dur }: OffCpu): number | undefined {
  if (state === null) return undefined;
  if (state.startsWith('R')) return 1;
  return dur > 0 ? Math.min(1, (runnable ?? 0) / dur) : 0;
}

function add(sums: Map<number, number>, key: number, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
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
