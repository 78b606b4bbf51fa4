import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { historyError, type SessionError } from './errors.ts';
import { DEFAULT_RETENTION, prune, type Retention } from './prune.ts';
import { prepareSchema } from './schema.ts';
import { SqliteSessionStore } from './store.ts';
import type { SessionStore, StoredEvent } from './types.ts';

export interface OpenOptions {
  /** Limits of the history; sessions beyond them are removed on opening. */
  retention?: Partial<Retention>;
  /** How long a write waits for another process, in milliseconds. */
  busyTimeoutMs?: number;
  /** Unix milliseconds. */
  now?: () => number;
}

export interface OpenedStore<E extends StoredEvent> {
  store: SessionStore<E>;
  /** Why the history is kept in memory only, as one sentence for the user. */
  warning?: string;
}

/**
 * Opens (or makes) the history at `path`: the file is for its owner only. Where that cannot be, the history is
 * kept in memory and `warning` says why, so that an investigation never fails because of its history. Without a
 * path it is kept in memory from the start. Rejects only where SQLite itself cannot be loaded.
 */
export async function openSessionStore<E extends StoredEvent = StoredEvent>(
  path: string | undefined,
  options: OpenOptions = {},
): Promise<OpenedStore<E>> {
  const { default: Sqlite } = await import('better-sqlite3');
  const now = options.now ?? Date.now;
  const inMemory = () => {
    const db = new Sqlite(':memory:');
    prepareSchema(db, ':memory:');
    return new SqliteSessionStore<E>(db, undefined, now);
  };
  if (path === undefined) return { store: inMemory() };
  let db: Database | undefined;
  try {
    makePrivateFile(path);
    db = new Sqlite(path, { timeout: options.busyTimeoutMs ?? 5_000 });
    prepare(db, path, { ...DEFAULT_RETENTION, ...options.retention }, now());
    return { store: new SqliteSessionStore<E>(db, path, now) };
  } catch (error) {
    db?.close();
    return { store: inMemory(), warning: warningOf(historyError(error, path)) };
  }
}

/** SQLite gives its side files (-wal, -shm) the rights of the main file, so that one is made first. */
function makePrivateFile(path: string): void {
  makePrivateDirectory(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/** Step by step: Node's own recursive mkdir never returns where the system answers ENOENT for ever (below /proc). */
function makePrivateDirectory(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makePrivateDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw error;
  }
}

function prepare(db: Database, path: string, retention: Retention, now: number): void {
  prepareSchema(db, path);
  db.pragma('synchronous = NORMAL');
  db.pragma('foreign_keys = ON');
  prune(db, retention, now);
  limitSize(db, retention.bytes * 2);
}

/** One runaway session must not fill the disk: beyond this the file refuses to grow (SessionError `full`). */
function limitSize(db: Database, bytes: number): void {
  const page = Number(db.pragma('page_size', { simple: true }));
  db.pragma(`max_page_count = ${Math.max(1, Math.ceil(bytes / page))}`);
}

function warningOf(error: SessionError): string {
  return `${error.message} This session is not saved. ${error.hint ?? ''}`.trim();
}
