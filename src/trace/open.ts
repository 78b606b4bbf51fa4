import type { Database } from 'better-sqlite3';
import { KvError } from '../shared/errors.ts';
import { cleanText, oneLine } from '../shared/text.ts';
import type { FormatAdapter } from './formats/format.ts';
import { ingero } from './formats/ingero.ts';
import { kvFormat } from './formats/kv.ts';
import { nsight } from './formats/nsight.ts';
import type { TraceInfo, TraceReader } from './model.ts';
import { mustBeFiles, tablesOf } from './plain-file.ts';
import { type OpenedInfo, SqliteTraceReader } from './reader.ts';
import { viewStatements } from './views.ts';

const READABLE = 'kv reads its own traces, Ingero databases and SQLite exports of Nsight Systems.';
const LONGEST_TEXT = 500;
const FORMATS: readonly FormatAdapter[] = [kvFormat, ingero, nsight];

/**
 * Opens a trace file, read-only: nothing in it is ever written or run. Rejects with one KvError sentence for a file
 * that is missing, truncated, no database, or a database of something else.
 */
export async function openTrace(path: string): Promise<TraceReader> {
  const { db, info } = await openDatabase(path);
  try {
    return new SqliteTraceReader(db, info);
  } catch (error) {
    db.close();
    throw error instanceof KvError ? error : openError(error, path);
  }
}

/** The database with the common views in place, and what its format says of it. */
export async function openDatabase(path: string): Promise<{ db: Database; info: OpenedInfo }> {
  await mustBeFiles(path);
  const { default: Sqlite } = await import('better-sqlite3');
  let db: Database | undefined;
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 2_000 });
    // A file from elsewhere may hold views and expressions that call functions; it gets none that matter.
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    return { db, info: prepare(db, path) };
  } catch (error) {
    db?.close();
    throw error instanceof KvError ? error : openError(error, path);
  }
}

function prepare(db: Database, path: string): OpenedInfo {
  const { tables, others } = tablesOf(db);
  const adapter = FORMATS.find(format => format.matches(tables));
  if (!adapter) {
    const some = [...tables.keys()].slice(0, 4).join(', ');
    throw new KvError(
      'usage',
      `${path} is a SQLite database, but no trace that kv knows (${some ? `its tables: ${cleanText(some)}` : 'it has no tables'}).`,
      { hint: READABLE },
    );
  }
  const disguised = adapter.reads.find(name => others.has(name));
  if (disguised !== undefined) {
    throw new KvError('usage', `${path} is no trace: its table ${disguised} runs what its author wrote.`, {
      hint: 'Ask for the file as it was recorded.',
    });
  }
  const { views, info } = adapter.read(db, tables);
  db.exec(viewStatements(views, sql => db.prepare(sql).columns().length));
  db.pragma('query_only = ON');
  return { path, format: adapter.format, ...info, ...shownTexts(info) };
}

/** What a file says of its machine comes from strangers, and may be anything but a text. */
function shownTexts(
  info: Pick<TraceInfo, 'formatVersion' | 'notes'> & Partial<TraceInfo>,
): Partial<TraceInfo> {
  const text = (value: unknown) =>
    typeof value === 'string' ? oneLine(cleanText(value), LONGEST_TEXT) : undefined;
  return {
    formatVersion: text(info.formatVersion) ?? 'unknown',
    host: text(info.host),
    cpuModel: text(info.cpuModel),
    kernel: text(info.kernel),
    notes: info.notes.map(note => text(note) ?? ''),
  };
}

function openError(error: unknown, path: string): KvError {
  const code = String((error as { code?: unknown }).code ?? '');
  const reason =
    code === 'SQLITE_NOTADB'
      ? 'it is no SQLite database'
      : code.startsWith('SQLITE_CORRUPT')
        ? 'the database is damaged or cut short'
        : code.startsWith('SQLITE_CANTOPEN')
          ? 'it cannot be opened'
          : error instanceof Error
            ? error.message
            : String(error);
  return new KvError('usage', `${path} cannot be read as a trace: ${reason}.`, {
    hint: READABLE,
    cause: error,
  });
}
