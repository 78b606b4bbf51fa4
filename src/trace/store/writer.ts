import { performance } from 'node:perf_hooks';
import type { Database } from 'better-sqlite3';
import type { TraceRecord } from '../record/types.ts';
import { createTraceFile } from './create.ts';
import { isStorageFailure, storageSentence } from './disk-failure.ts';
import { ModuleResolver } from './frames.ts';
import { Intake } from './intake.ts';
import type { LiveState } from './live-state.ts';
import { LiveView } from './live-view.ts';
import { Rollover } from './rollover.ts';
import { SpareRoom } from './spare-room.ts';
import { type Tables, tablesOf } from './tables.ts';
import type { GpuRow, ProcessPlace, Sample, TraceWriterOptions, WriterSummary } from './types.ts';

const BATCH_ROWS = 10_000;
const BATCH_MS = 500;
const TOTALS_MS = 10_000;

/**
 * Writes a trace file from the recorder's records. Others may read the file meanwhile; they see whole batches. A
 * process that dies in between leaves a file that opens and holds all but the last batch. Once the disk is full, what
 * comes is counted instead of stored.
 */
export class TraceWriter {
  readonly #db: Database;
  readonly #tables: Tables;
  readonly #intake: Intake;
  readonly #rollover: Rollover;
  readonly #spare: SpareRoom;
  readonly #options: TraceWriterOptions;
  readonly #now: () => number;
  readonly #live = new LiveView();
  readonly #notes: string[] = [];
  /** The transaction that is open, and how many rows it has. */
  #batch: { rows: number; since: number } | undefined;
  #stored = { calls: 0, switches: 0 };
  #totalsAt: number;
  #full = false;

  /** Creates the file. Throws a KvError of kind `usage` where it exists already or cannot be made. */
  static create(path: string, options: TraceWriterOptions): TraceWriter {
    return new TraceWriter(createTraceFile(path, options.owner), path, options);
  }

  private constructor(db: Database, path: string, options: TraceWriterOptions) {
    this.#db = db;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#totalsAt = this.#now();
    this.#spare = new SpareRoom(path);
    this.#tables = tablesOf(db, options.resolver ?? new ModuleResolver());
    this.#intake = new Intake(this.#tables, this.#live, {
      stacks: options.stacks ?? false,
      onCommand: (pid, command) => this.#command(pid, command),
      onNote: text => this.addNote(text),
    });
    this.#rollover = new Rollover(db, options.maxBytes);
    this.#store(() => this.#tables.meta.host(options.host ?? {}));
  }

  write(records: readonly TraceRecord[]): void {
    let at = 0;
    try {
      for (; at < records.length && !this.#full; at++) {
        const record = records[at]!;
        this.#live.record(record);
        const batch = this.#begin();
        if (isRow(record)) batch.rows += 1;
        this.#intake.add(record);
        if (batch.rows >= BATCH_ROWS) this.#commit();
      }
    } catch (error) {
      this.#giveUp(error);
      at += 1;
    }
    for (; at < records.length; at++) this.#countOnly(records[at]!);
    this.flush();
  }

  /** Writes what has waited long enough; to be called now and then where no records come. */
  flush(): void {
    if (this.#batch && this.#now() - this.#batch.since >= BATCH_MS) this.#commit();
  }

  addProcessPlace(pid: number, place: ProcessPlace): void {
    this.#live.place(pid, place);
    this.#store(() => this.#tables.processes.place(pid, place));
  }

  addGpus(gpus: readonly GpuRow[]): void {
    this.#store(() => {
      for (const gpu of gpus) this.#tables.extras.gpu(gpu);
    });
  }

  addSamples(samples: readonly Sample[]): void {
    this.#store(() => {
      for (const sample of samples) this.#tables.extras.sample(sample);
    });
  }

  /** A sentence that readers of the file are told. */
  addNote(text: string): void {
    this.#notes.push(text);
    this.#store(() => this.#tables.meta.note(text));
  }

  live(): LiveState {
    return {
      ...this.#live.state(),
      ...this.#stored,
      dropped: this.#tables.drops.totals(),
      fileBytes: this.#rollover.fileBytes,
      notes: [...this.#notes],
    };
  }

  /** Closes the file in order. `reason` counts where the stream itself did not say why it ended. */
  finish(reason = 'unknown'): WriterSummary {
    this.#commit();
    this.#spare.give();
    const end = this.#intake.end ?? { atNs: this.#live.atNs, reason };
    try {
      this.#db.transaction(() => this.#last(end))();
      this.#toOneFile();
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
      if (!this.#full) this.#notes.push(storageSentence(error));
    }
    const summary: WriterSummary = {
      endNs: end.atNs,
      bytes: this.#rollover.fileBytes,
      ...this.#stored,
      seen: this.#live.seen,
      dropped: this.#tables.drops.totals(),
      notes: [...this.#notes],
    };
    this.#db.close();
    return summary;
  }

  /** For when something failed: what was written stays, and the file says that it was cut off. */
  close(): void {
    this.#spare.give();
    this.#db.close();
  }

  #last(end: { atNs: number; reason: string }): void {
    const { totals, drops, meta } = this.#tables;
    totals.store();
    drops.store();
    if (this.#full) for (const note of this.#notes) meta.note(note);
    meta.set('ended', end.atNs);
    meta.set('end_reason', this.#full ? 'disk-full' : end.reason);
  }

  #command(pid: number, command: string): void {
    const redacted = this.#options.redact?.(command);
    if (redacted === undefined) return;
    if (typeof redacted === 'string') this.#tables.processes.command(pid, redacted);
    else void redacted.then(text => this.#store(() => this.#tables.processes.command(pid, text)));
  }

  #store(action: () => void): void {
    if (this.#full) return;
    try {
      this.#begin();
      action();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #begin(): { rows: number; since: number } {
    if (this.#batch) return this.#batch;
    this.#db.exec('BEGIN');
    this.#batch = { rows: 0, since: this.#now() };
    return this.#batch;
  }

  #commit(): void {
    if (!this.#batch) return;
    const { calls, switches, events } = this.#tables;
    try {
      this.#complete();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    this.#batch = undefined;
    calls.committed();
    this.#stored = { calls: calls.count, switches: switches.count };
    const rows = { calls: calls.lastId, switches: switches.count, events: events.count };
    this.#rollover.mark({ ...rows, atNs: this.#live.atNs });
    this.#intake.forget();
  }

  #complete(): void {
    this.#tables.calls.store();
    this.#tables.drops.store();
    if (this.#now() - this.#totalsAt >= TOTALS_MS) {
      this.#totalsAt = this.#now();
      this.#tables.totals.store();
    }
    this.#rollover.trim();
  }

  /** The batch is lost, what was written before it is kept, and from now on things are counted only. */
  #giveUp(error: unknown): void {
    if (!isStorageFailure(error)) throw error;
    this.#full = true;
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    this.#tables.drops.unwritten(this.#live.atNs, this.#batch?.rows ?? 0);
    this.#batch = undefined;
    const at = (this.#live.atNs / 1e9).toFixed(1);
    this.#notes.push(`${storageSentence(error)} What came after ${at} s is not in the file.`);
  }

  #countOnly(record: TraceRecord): void {
    this.#live.record(record);
    this.#intake.count(record);
    if (isRow(record)) this.#tables.drops.unwritten(this.#live.atNs, 1);
  }

  /** Without the log beside it, unless somebody reads the file just now: then it stays until they have done. */
  #toOneFile(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    try {
      this.#db.pragma('journal_mode = DELETE');
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
    }
  }
}

const isRow = ({ type }: TraceRecord) => type === 'call' || type === 'off-cpu' || type === 'event';
