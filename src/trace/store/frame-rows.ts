import type { Database, Statement } from 'better-sqlite3';
import { cleanText } from '../../shared/text.ts';
import type { ResolvedFrame } from './frames.ts';
import type { Strings } from './strings.ts';

/** The table `frames`: every place in a program once. */
export class FrameRows {
  readonly #known = new Map<string, number>();
  readonly #strings: Strings;
  readonly #insert: Statement;

  constructor(db: Database, strings: Strings) {
    this.#strings = strings;
    this.#insert = db.prepare('INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?)');
  }

  id({ kind, name, module, offset, line }: ResolvedFrame): number {
    const key = `${kind}\n${name}\n${module}\n${offset}\n${line}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#known.size + 1;
    const text = (of: string | undefined) => this.#strings.idOrNull(of && cleanText(of));
    this.#insert.run(id, kind, text(name), text(module), offset ?? null, line ?? null);
    this.#known.set(key, id);
    return id;
  }
}
