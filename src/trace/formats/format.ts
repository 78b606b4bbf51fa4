import type { Database } from 'better-sqlite3';
import type { TraceFormat, TraceInfo } from '../model.ts';
import type { ViewSql } from '../views.ts';

/** What one file format needs to be read through the common views. */
export interface FormatAdapter {
  readonly format: TraceFormat;
  /** Tables that it reads without having looked whether they are there; they must be ordinary ones. */
  readonly reads: readonly string[];
  /** Whether a file with these tables (name → columns) is of this format. */
  matches(tables: ReadonlyMap<string, ReadonlySet<string>>): boolean;
  /** Rejects with a KvError where the file is of a version that kv does not know. */
  read(db: Database, tables: ReadonlyMap<string, ReadonlySet<string>>): ReadFormat;
}

export interface ReadFormat {
  views: ViewSql;
  info: Pick<TraceInfo, 'formatVersion'> & Partial<TraceInfo> & { notes: string[] };
}

/** One value of one row, or undefined. */
export function scalar(db: Database, sql: string): unknown {
  return db.prepare(sql).pluck().get();
}

/** Unix nanoseconds as ISO 8601; undefined for a time that no calendar has. */
export function isoOf(nanoseconds: bigint): string | undefined {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
