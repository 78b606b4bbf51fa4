import type { Database, Statement } from 'better-sqlite3';
import type { ProcessRecord } from '../record/types.ts';
import type { Strings } from './strings.ts';
import type { ProcessPlace } from './types.ts';

const UPSERT = `INSERT INTO processes (pid, name, parent, cgroup, started) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (pid) DO UPDATE SET name = excluded.name, cgroup = coalesce(excluded.cgroup, cgroup),
    parent = coalesce(excluded.parent, parent), started = coalesce(excluded.started, started)`;

/** The table `processes`: those recorded, and by name those that are only mentioned, as who ran instead. */
export class Processes {
  readonly #strings: Strings;
  readonly #upsert: Statement;
  readonly #mention: Statement;
  readonly #command: Statement;
  readonly #place: Statement;
  readonly #end: Statement;
  readonly #clear: Statement;
  readonly #known = new Set<number>();

  constructor(db: Database, strings: Strings) {
    this.#strings = strings;
    this.#upsert = db.prepare(UPSERT);
    this.#mention = db.prepare('INSERT OR IGNORE INTO processes (pid, name) VALUES (?, ?)');
    this.#command = db.prepare('UPDATE processes SET command = ? WHERE pid = ?');
    this.#place = db.prepare(
      'UPDATE processes SET namespace = ?, pod = ?, container = coalesce(?, container) WHERE pid = ?',
    );
    this.#end = db.prepare('UPDATE processes SET ended = ?, exit_code = ? WHERE pid = ?');
    this.#clear = db.prepare('DELETE FROM processes WHERE pid = ?');
  }

  add(record: ProcessRecord): void {
    const { pid, change, timeNs, parent } = record;
    const isNew = change === 'fork';
    // Numbers come around: this one is another process from now on.
    if (isNew) this.#clear.run(pid);
    if (change === 'exit' && this.#known.has(pid)) {
      this.#end.run(timeNs, record.exitCode, pid);
      return;
    }
    this.#known.add(pid);
    this.#upsert.run(
      pid,
      this.#strings.id(record.comm),
      isNew ? parent : null,
      this.#strings.idOrNull(record.cgroupPath),
      isNew ? timeNs : null,
    );
    if (change === 'exit') this.#end.run(timeNs, record.exitCode, pid);
  }

  /** A process that only its name is known of. */
  mention(pid: number, name: string): void {
    if (pid === 0 || name === '' || this.#known.has(pid)) return;
    this.#known.add(pid);
    this.#mention.run(pid, this.#strings.id(name));
  }

  command(pid: number, redacted: string): void {
    this.#command.run(this.#strings.idOrNull(redacted), pid);
  }

  place(pid: number, { namespace, pod, container }: ProcessPlace): void {
    const id = (text: string | undefined) => this.#strings.idOrNull(text);
    this.#place.run(id(namespace), id(pod), id(container), pid);
  }
}
