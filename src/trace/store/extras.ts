import type { Database, Statement } from 'better-sqlite3';
import type { LibraryRecord } from '../record/types.ts';
import type { Strings } from './strings.ts';
import type { GpuRow, Sample } from './types.ts';

/** The tables `libraries`, `gpus` and `samples`. */
export class Extras {
  readonly #strings: Strings;
  readonly #library: Statement;
  readonly #gpu: Statement;
  readonly #sample: Statement;

  constructor(db: Database, strings: Strings) {
    this.#strings = strings;
    this.#library = db.prepare('INSERT INTO libraries VALUES (?, ?, ?, ?, ?, ?)');
    this.#gpu = db.prepare('INSERT OR REPLACE INTO gpus VALUES (?, ?, ?, ?, ?)');
    this.#sample = db.prepare('INSERT INTO samples VALUES (?, ?, ?, ?)');
  }

  library({ path, kind, status, probes, buildId, message }: LibraryRecord): void {
    this.#library.run(this.#strings.id(path), kind, status, probes, buildId || null, message || null);
  }

  gpu({ id, uuid, name, driver, memory }: GpuRow): void {
    this.#gpu.run(id, uuid ?? null, name, driver ?? null, memory ?? null);
  }

  sample({ atNs, name, value, gpu }: Sample): void {
    this.#sample.run(atNs, name, value, gpu ?? null);
  }
}
