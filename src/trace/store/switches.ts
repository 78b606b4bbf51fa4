import type { Database, Statement } from 'better-sqlite3';
import type { OffCpuRecord } from '../record/types.ts';
import type { Threads } from './threads.ts';

/** The kernel's TASK_REPORT bits (include/linux/sched.h), with the letters that ps shows. */
const STATES: ReadonlyArray<readonly [bit: number, letter: string]> = [
  [0x01, 'S'],
  [0x02, 'D'],
  [0x04, 'T'],
  [0x08, 't'],
  [0x10, 'X'],
  [0x20, 'Z'],
  [0x40, 'P'],
  [0x80, 'X'],
];
/** TASK_IDLE: uninterruptible, and no load. */
const IDLE = 0x402;

/** The table `switches`. */
export class Switches {
  readonly #threads: Threads;
  readonly #insert: Statement;
  #count = 0;

  constructor(db: Database, threads: Threads) {
    this.#threads = threads;
    this.#insert = db.prepare(`INSERT INTO switches VALUES (${Array(10).fill('?').join(', ')})`);
  }

  get count(): number {
    return this.#count;
  }

  add(off: OffCpuRecord): void {
    this.#count += 1;
    this.#insert.run(
      off.startNs,
      off.endNs - off.startNs,
      this.#threads.get(off.pid, off.tid).id,
      letterOf(off),
      runnableOf(off),
      off.next.pid,
      off.last?.pid ?? null,
      off.waker?.pid ?? null,
      off.syscall < 0 ? null : off.syscall,
      off.ioWait ? 1 : 0,
    );
  }
}

function letterOf({ state, preempted }: OffCpuRecord): string {
  if (preempted || state === 0) return 'R';
  if ((state & IDLE) === IDLE) return 'I';
  return STATES.find(([bit]) => (state & bit) !== 0)?.[1] ?? '?';
}

/** Nanoseconds that it waited for a CPU. null: it slept, and came back without a wake-up that was seen. */
export function runnableOf(off: OffCpuRecord): number | null {
  if (off.preempted || off.state === 0) return off.endNs - off.startNs;
  if (off.wokenNs !== undefined) return Math.max(0, off.endNs - Math.max(off.wokenNs, off.startNs));
  return off.open ? 0 : null;
}
