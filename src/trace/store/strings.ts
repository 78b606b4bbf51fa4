import type { Database, Statement } from 'better-sqlite3';

/** Texts of the file by number. The file is new and has one writer, so what is not known here is not in it. */
export class Strings {
  readonly #known = new Map<string, number>();
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO strings VALUES (?, ?)');
  }

  id(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const id = this.#known.size + 1;
    this.#insert.run(id, text);
    this.#known.set(text, id);
    return id;
  }

  /** null for what is empty or not known. */
  idOrNull(text: string | undefined): number | null {
    return text ? this.id(text) : null;
  }
}
