import type { Database, Statement } from 'better-sqlite3';
import type { DropRecord } from '../record/types.ts';
import type { DropTotal } from '../recorder/recording.ts';

interface Lost {
  atNs: number;
  place: string;
  cpu: number | null;
  count: number;
}

/** The table `drops`: what was lost on the way, by place and CPU. */
export class Drops {
  readonly #lost = new Map<string, Lost>();
  readonly #clear: Statement;
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#clear = db.prepare('DELETE FROM drops');
    this.#insert = db.prepare('INSERT INTO drops VALUES (?, ?, ?, ?)');
  }

  add({ timeNs, counter, cpu, total }: DropRecord): void {
    // Calls that had begun before the probes were there are none that were lost.
    if (counter === 'unmatched') return;
    this.#lost.set(`${counter} ${cpu}`, { atNs: timeNs, place: counter, cpu, count: total });
  }

  /** Records that arrived and could not be written. */
  unwritten(atNs: number, count: number): void {
    const before = this.#lost.get('store')?.count ?? 0;
    this.#lost.set('store', { atNs, place: 'store', cpu: null, count: before + count });
  }

  /** By place, the most first. */
  totals(): DropTotal[] {
    const sums = new Map<string, number>();
    for (const { place, count } of this.#lost.values()) sums.set(place, (sums.get(place) ?? 0) + count);
    return [...sums].map(([place, count]) => ({ place, count })).sort((a, b) => b.count - a.count);
  }

  store(): void {
    if (this.#lost.size === 0) return;
    this.#clear.run();
    for (const { atNs, place, cpu, count } of this.#lost.values()) this.#insert.run(atNs, place, cpu, count);
  }
}
