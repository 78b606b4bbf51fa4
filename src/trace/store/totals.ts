import type { Database, Statement } from 'better-sqlite3';
import { FineHistogram } from './fine-buckets.ts';

/** The calls of one function by one process, at one nesting. */
class Total {
  readonly histogram = new FineHistogram();
  count = 0;
  total = 0;
  max = -1;
  maxAt = 0;
  bytes: number | null = null;
  failed = 0;
  firstStart = Number.POSITIVE_INFINITY;
  firstDuration = 0;
  written = 0;

  add(start: number, duration: number, bytes: number | null, failed: boolean): void {
    this.histogram.add(duration);
    this.count += 1;
    this.total += duration;
    if (duration > this.max) {
      this.max = duration;
      this.maxAt = start;
    }
    if (bytes !== null) this.bytes = (this.bytes ?? 0) + bytes;
    if (failed) this.failed += 1;
    if (start < this.firstStart) {
      this.firstStart = start;
      this.firstDuration = duration;
    }
  }
}

/** The tables `totals` and `durations`: what was written as calls, summed. */
export class Totals {
  readonly #byProcess = new Map<number, (Total | undefined)[]>();
  readonly #total: Statement;
  readonly #durations: Statement;

  constructor(db: Database) {
    this.#total = db.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#durations = db.prepare('INSERT OR REPLACE INTO durations VALUES (?, ?, ?, ?)');
  }

  add(
    pid: number,
    fn: number,
    nested: boolean,
    start: number,
    duration: number,
    bytes: number | null,
    failed: boolean,
  ): void {
    let own = this.#byProcess.get(pid);
    if (!own) {
      own = [];
      this.#byProcess.set(pid, own);
    }
    const at = fn * 2 + (nested ? 1 : 0);
    let total = own[at];
    if (!total) {
      total = new Total();
      own[at] = total;
    }
    total.add(start, duration, bytes, failed);
  }

  /** Writes what has changed since the last time. */
  store(): void {
    for (const [pid, own] of this.#byProcess) {
      own.forEach((each, at) => {
        if (each && each.count > each.written) this.#write(pid, at >> 1, at & 1, each);
      });
    }
  }

  #write(pid: number, fn: number, nested: number, each: Total): void {
    const { count, total, max, maxAt, bytes, failed, firstStart, firstDuration } = each;
    this.#total.run(pid, fn, nested, count, total, max, maxAt, bytes, failed, firstStart, firstDuration);
    this.#durations.run(pid, fn, nested, JSON.stringify(each.histogram));
    each.written = count;
  }
}
