import type { Database, Statement } from 'better-sqlite3';
import type { MetaRecord } from '../record/types.ts';
import type { HostFacts } from './protocol.ts';

/** The table `meta`. */
export class MetaRows {
  readonly #insert: Statement;
  #notes = 0;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
  }

  set(key: string, value: string | number | undefined): void {
    if (value !== undefined && value !== '') this.#insert.run(key, String(value));
  }

  host({ name, cpuModel, cpuCores }: HostFacts): void {
    this.set('host', name);
    this.set('cpu_model', cpuModel);
    this.set('cpu_cores', cpuCores);
  }

  begin(record: MetaRecord, stacks: boolean): void {
    this.set('started_at', String(record.startedAtUnixNs));
    this.set('kernel', record.kernel);
    this.set('min_duration', record.minDurationNs);
    this.set('host_recorded', record.host ? 1 : 0);
    this.set('stacks_recorded', stacks ? 1 : 0);
    this.set('helper_pid', record.helperPid);
  }

  note(text: string): void {
    this.#notes += 1;
    this.set(`note_${this.#notes}`, text);
  }
}
