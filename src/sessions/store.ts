import type { Database, Statement } from 'better-sqlite3';
import type { Json } from '../shared/json.ts';
import { oneLine } from '../shared/text.ts';
import { historyError, SessionError } from './errors.ts';
import { ID_STEP_MS, sessionId } from './ids.ts';
import { findSession } from './lookup.ts';
import { type CallRow, type SessionRow, toCall, toCallRow, toSession } from './rows.ts';
import { SqliteSpendAccount } from './spend.ts';
import type {
  NewSession,
  RecordedCall,
  SessionRecord,
  SessionStore,
  SpendAccount,
  StoredEvent,
} from './types.ts';

const TITLE_LENGTH = 100;
/** Rows read at a time. */
const PAGE = 500;

/** The store above an open database whose schema is prepared. */
export class SqliteSessionStore<E extends StoredEvent> implements SessionStore<E> {
  readonly path: string | undefined;
  readonly spend: SpendAccount;
  readonly #db: Database;
  readonly #now: () => number;
  readonly #addEvent: Statement;
  readonly #addCall: Statement;

  constructor(db: Database, path: string | undefined, now: () => number) {
    this.#db = db;
    this.path = path;
    this.#now = now;
    this.spend = new SqliteSpendAccount(db, work => this.#guard(work));
    this.#addEvent = db.prepare('INSERT INTO events (session, seq, at, type, body) VALUES (?, ?, ?, ?, ?)');
    this.#addCall = db.prepare(
      `INSERT INTO calls (session, call, turn, name, args, effect, ok, result, result_bytes, error, started_at, duration_ms)
       VALUES (:session, :call, :turn, :name, :args, :effect, :ok, :result, :result_bytes, :error, :started_at, :duration_ms)`,
    );
  }

  createSession(session: NewSession): SessionRecord {
    const insert = this.#db.prepare(
      `INSERT INTO sessions (id, question, title, status, created_at, updated_at, meta)
       VALUES (?, ?, ?, 'running', ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    const { question, meta = {} } = session;
    const now = Math.round(this.#now());
    return this.#guard(() => {
      for (let step = 0; ; step++) {
        const id = session.id ?? sessionId(now + step * ID_STEP_MS);
        const title = oneLine(question, TITLE_LENGTH);
        const { changes } = insert.run(id, question, title, now, now, JSON.stringify(meta));
        if (changes === 1) return this.#record(id);
        if (session.id !== undefined) {
          throw new SessionError('conflict', `There already is a session ${id}.`, {
            hint: 'Use `kv resume`.',
          });
        }
      }
    });
  }

  append(id: string, event: E): void {
    this.#guard(() =>
      this.#addEvent.run(id, event.seq, Math.round(event.at), event.type, JSON.stringify(event)),
    );
  }

  *events(id: string): IterableIterator<E> {
    const query = this.#db.prepare<[string, number], { seq: number; body: string }>(
      `SELECT seq, body FROM events WHERE session = ? AND seq > ? ORDER BY seq LIMIT ${PAGE}`,
    );
    for (const { body } of this.#pages(
      after => query.all(id, after),
      row => row.seq,
    )) {
      yield JSON.parse(body) as E;
    }
  }

  setTitle(id: string, title: string): void {
    const text = oneLine(title, TITLE_LENGTH);
    this.#guard(() => this.#db.prepare('UPDATE sessions SET title = ? WHERE id = ?').run(text, id));
  }

  setStatus(id: string, status: string): void {
    this.#guard(() => this.#db.prepare('UPDATE sessions SET status = ? WHERE id = ?').run(status, id));
  }

  find(idOrPart: string): SessionRecord {
    return this.#guard(() => this.#record(findSession(this.#db, idOrPart)));
  }

  list({ limit = 50 }: { limit?: number } = {}): SessionRecord[] {
    const query = this.#db.prepare<[number], SessionRow>(
      'SELECT * FROM sessions ORDER BY updated_at DESC, id DESC LIMIT ?',
    );
    return this.#guard(() => query.all(limit).map(toSession));
  }

  latest(): SessionRecord | undefined {
    return this.list({ limit: 1 })[0];
  }

  remove(id: string): void {
    this.#guard(() => this.#db.prepare('DELETE FROM sessions WHERE id = ?').run(id));
  }

  recordCall(id: string, call: RecordedCall): void {
    this.#guard(() => this.#addCall.run({ session: id, ...toCallRow(call) }));
  }

  *calls(id: string): IterableIterator<RecordedCall> {
    const query = this.#db.prepare<[string, number], CallRow>(
      `SELECT * FROM calls WHERE session = ? AND call > ? ORDER BY call LIMIT ${PAGE}`,
    );
    for (const row of this.#pages(
      after => query.all(id, after),
      row => row.call,
    )) {
      yield toCall(row);
    }
  }

  setState(id: string, key: string, value: Json): void {
    const set = this.#db.prepare(
      'INSERT INTO state (session, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
    this.#guard(() => set.run(id, key, JSON.stringify(value)));
  }

  deleteState(id: string, key: string): void {
    this.#guard(() => this.#db.prepare('DELETE FROM state WHERE session = ? AND key = ?').run(id, key));
  }

  state(id: string): Map<string, Json> {
    const query = this.#db.prepare<[string], { key: string; value: string }>(
      'SELECT key, value FROM state WHERE session = ? ORDER BY key',
    );
    return this.#guard(() => new Map(query.all(id).map(row => [row.key, JSON.parse(row.value) as Json])));
  }

  close(): void {
    this.#db.close();
  }

  #record(id: string): SessionRecord {
    return toSession(this.#db.prepare<[string], SessionRow>('SELECT * FROM sessions WHERE id = ?').get(id)!);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw historyError(error, this.path ?? '(in memory)');
    }
  }

  /** Page by page: a long session is never in memory whole, and writing between two rows is allowed. */
  *#pages<T>(read: (after: number) => T[], numberOf: (row: T) => number): IterableIterator<T> {
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = this.#guard(() => read(after));
      yield* rows;
      if (rows.length < PAGE) return;
      after = numberOf(rows.at(-1)!);
    }
  }
}
