import type { Database, Statement } from 'better-sqlite3';

export type Row = readonly (number | null)[];

/** Rows of one statement: a fifth less time a row than one by one (`npm run bench:trace`). */
const TOGETHER = 50;
/** Statements kept, one for each set of columns that were empty over `TOGETHER` rows. */
const MOST_STATEMENTS = 64;

/**
 * Inserts many rows of numbers into a table with so many columns. Handing a value over is most of what a row costs, so
 * a column that is null, or 0, in all rows of a statement is written into its text.
 */
export class BulkInsert {
  readonly #db: Database;
  readonly #table: string;
  readonly #columns: number;
  readonly #one: Statement;
  readonly #many = new Map<string, Statement>();
  #rows: Row[] = [];

  constructor(db: Database, table: string, columns: number) {
    this.#db = db;
    this.#table = table;
    this.#columns = columns;
    this.#one = this.#prepare(Array(columns).fill('?'), 1);
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length === TOGETHER) this.#insert();
  }

  /** Inserts the rows that are left. */
  flush(): void {
    for (const row of this.#rows) this.#one.run(row);
    this.#rows = [];
  }

  #insert(): void {
    const rows = this.#rows;
    const places = this.#places();
    const values: (number | null)[] = [];
    for (const row of rows) {
      for (let at = 0; at < this.#columns; at++) if (places[at] === '?') values.push(row[at]!);
    }
    this.#statement(places).run(values);
    this.#rows = [];
  }

  /** For each column `?`, or what all rows have there. */
  #places(): string[] {
    const [first] = this.#rows;
    return Array.from({ length: this.#columns }, (_, at) => {
      const value = first![at]!;
      const isEmpty = value === null || value === 0;
      return isEmpty && this.#rows.every(row => row[at] === value) ? String(value) : '?';
    });
  }

  #statement(places: readonly string[]): Statement {
    const key = places.join();
    const known = this.#many.get(key);
    if (known) return known;
    if (this.#many.size === MOST_STATEMENTS) this.#many.clear();
    const made = this.#prepare(places, TOGETHER);
    this.#many.set(key, made);
    return made;
  }

  #prepare(places: readonly string[], rows: number): Statement {
    const row = `(${places.join(', ')})`;
    return this.#db.prepare(`INSERT INTO ${this.#table} VALUES ${Array(rows).fill(row).join(', ')}`);
  }
}
