import type { Database } from 'better-sqlite3';
import { SessionError } from './errors.ts';

/** Marks the file as kv's (`file` and `sqlite3` show it): "kvse". */
const APPLICATION_ID = 0x6b767365;

const SESSIONS = `
  CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    question   TEXT NOT NULL,
    title      TEXT NOT NULL,
    status     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL DEFAULT 0,
    bytes      INTEGER NOT NULL DEFAULT 0,
    meta       TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_update ON sessions (updated_at);

  CREATE TABLE events (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    type    TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (session, seq)
  );

  CREATE TABLE calls (
    session      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    call         INTEGER NOT NULL,
    turn         INTEGER NOT NULL,
    name         TEXT NOT NULL,
    args         TEXT NOT NULL,
    effect       TEXT NOT NULL,
    ok           INTEGER NOT NULL,
    result       BLOB,
    result_bytes INTEGER NOT NULL,
    error        TEXT,
    started_at   INTEGER NOT NULL,
    duration_ms  REAL NOT NULL,
    PRIMARY KEY (session, call)
  );

  CREATE TABLE state (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (session, key)
  ) WITHOUT ROWID;

  -- An event is one statement for its writer; the session's row follows in the same commit.
  CREATE TRIGGER event_added AFTER INSERT ON events BEGIN
    UPDATE sessions SET updated_at = max(updated_at, NEW.at), last_seq = max(last_seq, NEW.seq),
      bytes = bytes + length(NEW.body) WHERE id = NEW.session;
  END;
  CREATE TRIGGER call_added AFTER INSERT ON calls BEGIN
    UPDATE sessions SET bytes = bytes + length(NEW.args) + coalesce(length(NEW.result), 0) WHERE id = NEW.session;
  END;
`;

/** No reference to `sessions`: what was spent stays spent when its session is pruned. */
const SPEND = `
  CREATE TABLE spend (
    at          INTEGER NOT NULL,
    session     TEXT NOT NULL,
    turn        INTEGER NOT NULL,
    provider    TEXT NOT NULL,
    model       TEXT NOT NULL,
    mode        TEXT NOT NULL,
    input       INTEGER NOT NULL,
    output      INTEGER NOT NULL,
    cache_read  INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    estimated   INTEGER NOT NULL,
    cost_usd    REAL
  );
  CREATE INDEX spend_by_time ON spend (at);

  CREATE TABLE budget_notices (
    period    TEXT NOT NULL,
    budget    TEXT NOT NULL,
    "limit"   REAL NOT NULL,
    threshold REAL NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (period, budget, "limit", threshold)
  ) WITHOUT ROWID;
`;

/** What makes a file of version n from one of version n - 1. Released steps never change; new ones are added. */
const STEPS = [SESSIONS, SPEND];

/** `PRAGMA user_version` of the files that this kv writes. */
export const SCHEMA_VERSION = STEPS.length;

/**
 * Makes the tables in an empty file, brings an older one up to date, and refuses one of a newer kv. Two processes
 * may do it at once.
 */
export function prepareSchema(db: Database, path: string): void {
  if (isForeign(db)) {
    throw new SessionError('corrupt', `${path} is a database of another program.`, {
      hint: 'Set XDG_STATE_HOME to another directory.',
      facts: { path },
    });
  }
  // Takes effect only before the first table exists; lets pruning give space back.
  if (versionOf(db) === 0) db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  if (versionOf(db) < SCHEMA_VERSION) {
    db.transaction(() => {
      for (let version = versionOf(db); version < SCHEMA_VERSION; version++) db.exec(STEPS[version]!);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${Math.max(versionOf(db), SCHEMA_VERSION)}`);
    }).immediate();
  }
  const version = versionOf(db);
  if (version > SCHEMA_VERSION) {
    throw new SessionError(
      'newer-schema',
      `The session history ${path} was written by a newer kv (format ${version}; this kv knows ${SCHEMA_VERSION}).`,
      { hint: 'Update kv, or set XDG_STATE_HOME to another directory.', facts: { path, version } },
    );
  }
}

/** Tables are looked for first: a kv that makes them at this moment commits them together with its mark. */
function isForeign(db: Database): boolean {
  const used = db.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() !== undefined;
  return used && Number(db.pragma('application_id', { simple: true })) !== APPLICATION_ID;
}

function versionOf(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}
