import { closeSync, fchownSync, openSync, rmSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { KvError } from '../../shared/errors.ts';
import { TRACE_FORMAT, TRACE_SCHEMA, TRACE_VERSION } from '../schema.ts';
import type { FileOwner } from './types.ts';

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is no folder',
  EACCES: 'its folder does not let you write',
  EPERM: 'its folder does not let you write',
  EROFS: 'its folder is on a read-only file system',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is used up',
};

/** How long a reader of the file may keep it from being closed as one file. */
const READER_MS = 1_000;

/**
 * A new trace file with its tables, which others may read while it is being written. Throws a KvError of kind `usage`
 * where there is a file already or none can be made.
 *
 * It holds the command lines of everybody on the machine, so others may not read it. SQLite gives what it makes beside
 * the file the same rights and owner.
 */
export function createTraceFile(path: string, owner?: FileOwner): Database {
  try {
    const file = openSync(path, 'wx', 0o600);
    if (owner) fchownSync(file, owner.uid, owner.gid);
    closeSync(file);
  } catch (error) {
    throw refusal(path, error);
  }
  let db: Database | undefined;
  try {
    db = new Sqlite(path, { timeout: READER_MS });
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    // Every number that refers to another row is given out here; four look-ups a call would prove nothing.
    db.pragma('foreign_keys = OFF');
    const opened = db;
    opened.transaction(() => {
      opened.exec(TRACE_SCHEMA);
      const meta = opened.prepare('INSERT INTO meta VALUES (?, ?)');
      meta.run('format', TRACE_FORMAT);
      meta.run('version', String(TRACE_VERSION));
    })();
    return opened;
  } catch (error) {
    db?.close();
    for (const made of ['', '-wal', '-shm']) rmSync(`${path}${made}`, { force: true });
    throw refusal(path, error);
  }
}

function refusal(path: string, error: unknown): KvError {
  const code = String((error as { code?: unknown }).code ?? '');
  if (code === 'EEXIST') {
    return new KvError('usage', `${path} exists already.`, {
      hint: 'Name another file with -o, or remove this one.',
      cause: error,
    });
  }
  const why = WHY[code === 'SQLITE_FULL' ? 'ENOSPC' : code] ?? (error as Error).message;
  return new KvError('usage', `${path} cannot be written: ${why}.`, {
    hint: 'Name a file with -o in a folder that you may write to.',
    cause: error,
  });
}
