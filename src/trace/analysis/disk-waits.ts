import type { TraceReader } from '../model.ts';
import { type DiskUse, diskUse, during, kernelEvents } from './kernel-events.ts';
import { overlap } from './window.ts';

/** A thread that slept until somebody woke it, in nanoseconds. */
export interface Wait {
  tid: number;
  start: number;
  dur: number;
  /** The process that ended most of it. */
  waker: number | undefined;
}

/** What a thread of the waker's process waited for a disk meanwhile. */
export interface DiskWait {
  pid: number;
  tid: number;
  ns: number;
  syscall: number | null;
  /** The disk that served the process meanwhile. */
  disk: DiskUse | undefined;
}

type Row = [
  pid: number,
  tid: number,
  start: number,
  dur: number,
  runnable: number | null,
  syscall: number | null,
];

/** Less of a wait than this is not what it waited for. */
const MUCH = 0.3;

/**
 * For each wait, the thread of whoever ended it that was at a disk for longest during it, if that explains the wait. The
 * file says which process woke a thread, and not which of its threads did.
 */
export function diskWaits(reader: TraceReader, waits: readonly Wait[]): Array<DiskWait | undefined> {
  const wakers = new Set(waits.flatMap(({ waker }) => (waker === undefined ? [] : [waker])));
  if (wakers.size === 0) return waits.map(() => undefined);
  const hard = [
    ...reader.rows<Row>(
      `SELECT pid, tid, start, dur, runnable, syscall FROM trace_off_cpu
       WHERE state = 'D' AND pid IN (SELECT value FROM json_each(?))`,
      [JSON.stringify([...wakers])],
    ),
  ];
  if (hard.length === 0) return waits.map(() => undefined);
  const requests = kernelEvents(reader, ['block-io']).filter(event => wakers.has(event.pid));
  return waits.map(wait => {
    const most = longest(hard, wait);
    if (!most || most.ns < wait.dur * MUCH) return undefined;
    const [disk] = diskUse(
      during(
        requests.filter(({ pid }) => pid === most.pid),
        [wait],
      ),
    );
    return { ...most, disk };
  });
}

function longest(hard: readonly Row[], wait: Wait): Omit<DiskWait, 'disk'> | undefined {
  const threads = new Map<number, Omit<DiskWait, 'disk'>>();
  for (const [pid, tid, start, dur, runnable, syscall] of hard) {
    if (pid !== wait.waker || tid === wait.tid) continue;
    const ns = overlap(start, dur - (runnable ?? 0), wait.start, wait.start + wait.dur);
    if (ns === 0) continue;
    const own = threads.get(tid) ?? { pid, tid, ns: 0, syscall };
    own.ns += ns;
    threads.set(tid, own);
  }
  return [...threads.values()].sort((a, b) => b.ns - a.ns)[0];
}
