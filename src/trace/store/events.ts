import type { Database, Statement } from 'better-sqlite3';
import type { EventKind, EventRecord } from '../record/types.ts';
import type { Strings } from './strings.ts';

/** The functions of the layer `host` in whose aggregates events are counted. */
export const COUNTED_AS: Readonly<Partial<Record<EventKind, string>>> = {
  'page-fault': 'page_fault_wait',
  'block-io': 'block_io',
  'tcp-retransmit': 'tcp_retransmit',
  'tcp-drop': 'tcp_drop',
  signal: 'signal',
};

/** The table `events`. */
export class Events {
  readonly #strings: Strings;
  readonly #insert: Statement;
  #count = 0;

  constructor(db: Database, strings: Strings) {
    this.#strings = strings;
    this.#insert = db.prepare(`INSERT INTO events VALUES (${Array(10).fill('?').join(', ')})`);
  }

  get count(): number {
    return this.#count;
  }

  add(event: EventRecord): void {
    this.#count += 1;
    const { kind } = event;
    const isDisk = kind === 'block-io';
    const isMemory = kind === 'page-fault';
    const isCaused = kind === 'oom-kill' || kind === 'signal';
    this.#insert.run(
      event.startNs,
      event.durationNs,
      event.pid,
      event.tid,
      kind,
      isDisk || kind === 'oom-kill' ? event.sizeBytes : null,
      isDisk || isMemory ? event.address : null,
      kind === 'oom-kill' || kind === 'tcp-retransmit' ? null : event.code,
      isCaused ? event.other : null,
      this.#strings.idOrNull(event.disk ?? event.remote),
    );
  }
}
