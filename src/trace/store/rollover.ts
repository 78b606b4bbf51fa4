import type { Database, Statement } from 'better-sqlite3';

/** Where the tables end: the highest row of each, and the time of the latest record. */
export interface Extent {
  calls: number;
  switches: number;
  events: number;
  atNs: number;
}

type Table = 'calls' | 'switches' | 'events';
const TABLES: readonly Table[] = ['calls', 'switches', 'events'];
/** Rows of a table that are given up with one batch: more than a batch brings, and few milliseconds' work. */
const PIECE = 25_000;
const MOST_SEGMENTS = 256;
/** Of the size that was asked for; the rest is for what comes while the oldest rows go. */
const FULL = 0.92;

/**
 * Keeps the file within a size: the oldest segment of rows goes, piece by piece, and SQLite fills its pages again. A
 * segment is what lies between two of the moments that `mark` was called at.
 */
export class Rollover {
  readonly #db: Database;
  readonly #limit: number;
  readonly #pageSize: number;
  readonly #delete: Record<Table, Statement>;
  readonly #keptFrom: Statement;
  readonly #given: Extent = { calls: 0, switches: 0, events: 0, atNs: 0 };
  #segments: Extent[] = [];
  #stride = 1;
  #marks = 0;

  constructor(db: Database, maxBytes: number) {
    this.#db = db;
    this.#limit = maxBytes * FULL;
    this.#pageSize = db.pragma('page_size', { simple: true }) as number;
    const statement = (table: Table) => db.prepare(`DELETE FROM ${table} WHERE rowid > ? AND rowid <= ?`);
    this.#delete = {
      calls: statement('calls'),
      switches: statement('switches'),
      events: statement('events'),
    };
    this.#keptFrom = db.prepare(`INSERT OR REPLACE INTO meta VALUES ('kept_from', ?)`);
  }

  get fileBytes(): number {
    return this.#pragma('page_count') * this.#pageSize;
  }

  /** Everything up to here has been written. */
  mark(extent: Extent): void {
    this.#marks += 1;
    if (this.#marks % this.#stride !== 0) return;
    this.#segments.push(extent);
    if (this.#segments.length < MOST_SEGMENTS) return;
    this.#segments = this.#segments.filter((_, at) => at % 2 === 1);
    this.#stride *= 2;
  }

  /** Inside a transaction: gives up a piece of the oldest segment where the file is full. */
  trim(): void {
    const used = (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pageSize;
    const oldest = this.#segments[0];
    if (used <= this.#limit || !oldest) return;
    if (this.#given.atNs < oldest.atNs) {
      this.#given.atNs = oldest.atNs;
      this.#keptFrom.run(String(oldest.atNs));
    }
    for (const table of TABLES) {
      const upTo = Math.min(oldest[table], this.#given[table] + PIECE);
      if (upTo > this.#given[table]) this.#delete[table].run(this.#given[table], upTo);
      this.#given[table] = Math.max(this.#given[table], upTo);
    }
    if (TABLES.every(table => this.#given[table] >= oldest[table])) this.#segments.shift();
  }

  #pragma(name: string): number {
    return this.#db.pragma(name, { simple: true }) as number;
  }
}
