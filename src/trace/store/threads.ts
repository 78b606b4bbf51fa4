import type { Database, Statement } from 'better-sqlite3';

export interface KnownThread {
  readonly id: number;
  readonly pid: number;
  /** Calls that are still going on and have had a nested one already, by depth. */
  readonly expected: ({ startNs: number; id: number } | undefined)[];
}

/** Threads by number; a number that another process's thread took over is another thread. */
export class Threads {
  readonly #known = new Map<number, KnownThread>();
  readonly #insert: Statement;
  /** By id, from 1. */
  readonly #pids: number[] = [0];

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO threads VALUES (?, ?, ?)');
  }

  get(pid: number, tid: number): KnownThread {
    const known = this.#known.get(tid);
    if (known?.pid === pid) return known;
    const thread: KnownThread = { id: this.#pids.length, pid, expected: [] };
    this.#pids.push(pid);
    this.#insert.run(thread.id, pid, tid);
    this.#known.set(tid, thread);
    return thread;
  }

  /** The process of a thread of this file. */
  pidOf(id: number): number {
    return this.#pids[id]!;
  }
}
