import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSessionStore, SessionError } from '../../src/sessions/index.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kv-sessions-'));
  path = join(folder, 'sessions.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Opens, expects the warning, and checks that the investigation can go on. */
async function inMemoryBecause(at: string, warning: RegExp, busyTimeoutMs?: number): Promise<void> {
  const opened = await openSessionStore(at, { busyTimeoutMs });
  expect(opened.warning).toMatch(warning);
  expect(opened.warning).toContain('This session is not saved.');
  expect(opened.store.path).toBeUndefined();
  const { id } = opened.store.createSession({ question: 'why?' });
  opened.store.append(id, { v: 1, seq: 1, at: 1, type: 'question' });
  expect([...opened.store.events(id)]).toHaveLength(1);
  opened.store.close();
}

describe('a history that cannot be used', () => {
  it('without a path is kept in memory, without a warning', async () => {
    const { store, warning } = await openSessionStore(undefined);
    expect(warning).toBeUndefined();
    expect(store.createSession({ question: 'why?' }).lastSeq).toBe(0);
    store.close();
  });

  it.each([
    ['a directory that cannot be made', () => '/proc/kv/sessions.db'],
    ['a directory in its place', () => folder],
    ['a file where its directory should be', () => join(path, 'sessions.db')],
  ])('because of %s is kept in memory', async (_, at) => {
    await writeFile(path, 'a file');
    await inMemoryBecause(at(), /cannot be written.*XDG_STATE_HOME/);
  });

  it('because it is no database is kept in memory, and the file stays as it is', async () => {
    await writeFile(path, 'this is not a database, but long enough to be looked at '.repeat(20));
    await inMemoryBecause(path, /is damaged or not a database.*mv .*sessions\.db\.damaged/);
  });

  it('because its pages are damaged is kept in memory', async () => {
    const { store } = await openSessionStore(path);
    const { id } = store.createSession({ question: 'why?' });
    for (let seq = 1; seq < 50; seq++) store.append(id, { v: 1, seq, at: 1, type: 'x'.repeat(500) });
    store.close();
    const db = new Sqlite(path);
    const pageSize = Number(db.pragma('page_size', { simple: true }));
    db.close();
    const { open } = await import('node:fs/promises');
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(pageSize * 4, 0xee), 0, pageSize * 4, pageSize);
    await file.close();
    await inMemoryBecause(path, /is damaged/);
  });

  it('because a newer kv wrote it is kept in memory', async () => {
    (await openSessionStore(path)).store.close();
    const db = new Sqlite(path);
    db.pragma('user_version = 7');
    db.close();
    await inMemoryBecause(path, /written by a newer kv \(format 7; this kv knows 2\).*Update kv/);
  });

  it('because it belongs to another program is kept in memory', async () => {
    const db = new Sqlite(path);
    db.exec('CREATE TABLE bookmarks (url TEXT)');
    db.close();
    await inMemoryBecause(path, /is a database of another program/);
  });

  it('because another process holds it is kept in memory', async () => {
    const db = new Sqlite(path);
    db.exec('BEGIN EXCLUSIVE');
    await inMemoryBecause(path, /is locked by another process/, 20);
    db.close();
  });
});

describe('a write that fails later', () => {
  it('says that the disk or the limit is full, and keeps what was stored', async () => {
    const { store } = await openSessionStore(path, { retention: { bytes: 200_000 } });
    const { id } = store.createSession({ question: 'why?' });
    let stored = 0;
    const fill = () => {
      for (; ; stored++) store.append(id, { v: 1, seq: stored + 1, at: 1, type: 'x'.repeat(20_000) });
    };
    expect(fill).toThrow(
      expect.objectContaining({
        kind: 'failed',
        reason: 'full',
        message: expect.stringContaining('cannot grow'),
      }),
    );
    expect(stored).toBeGreaterThan(5);
    expect([...store.events(id)]).toHaveLength(stored);
    store.close();
  });

  it('says that another process holds the history, after waiting for it', async () => {
    const { store } = await openSessionStore(path, { busyTimeoutMs: 20 });
    const { id } = store.createSession({ question: 'why?' });
    const other = new Sqlite(path);
    other.exec('BEGIN IMMEDIATE');
    const event = { v: 1, seq: 1, at: 1, type: 'question' };
    expect(() => store.append(id, event)).toThrow(SessionError);
    expect(() => store.append(id, event)).toThrow(/locked by another process/);
    other.exec('ROLLBACK');
    other.close();
    store.append(id, event);
    expect([...store.events(id)]).toEqual([event]);
    store.close();
  });
});
