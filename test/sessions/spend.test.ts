import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSessionStore, type SpendEntry } from '../../src/sessions/index.ts';

const NOON = new Date(2026, 10, 21, 12).getTime();
const YEAR = 365 * 86_400_000;
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kv-spend-'));
  path = join(folder, 'sessions.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const entry = (more: Partial<SpendEntry> = {}): SpendEntry => ({
  at: NOON,
  session: 'one',
  turn: 1,
  provider: 'anthropic',
  model: 'claude-opus-5',
  mode: 'code',
  input: 100,
  output: 20,
  cacheRead: 3_000,
  cacheWrite: 400,
  estimated: false,
  costUsd: 0.25,
  ...more,
});

describe('the account', () => {
  it('keeps every answer across processes, and sums by model within a span of time', async () => {
    const entries = [
      entry({ at: NOON - 1, costUsd: 99 }),
      entry(),
      entry({ turn: 2, estimated: true, costUsd: null }),
      entry({ at: NOON + 1, provider: 'ollama', model: 'qwen3:8b', mode: 'tools', costUsd: 0 }),
      entry({ at: NOON + 2, costUsd: 99 }),
    ];
    const { store: first } = await openSessionStore(path);
    for (const item of entries) first.spend.add(item);
    first.close();
    const { store } = await openSessionStore(path);
    expect(store.spend.entries(NOON, NOON + 2)).toEqual(entries.slice(1, 4));
    expect(store.spend.totals(NOON, NOON + 2)).toEqual([
      { provider: 'anthropic', model: 'claude-opus-5', tokens: 7_040, costUsd: 0.25, unpriced: 1 },
      { provider: 'ollama', model: 'qwen3:8b', tokens: 3_520, costUsd: 0, unpriced: 0 },
    ]);
    expect(store.spend.totals(0, 1)).toEqual([]);
    store.close();
  });

  it('loses nothing when sessions are pruned or removed', async () => {
    const { store: first } = await openSessionStore(path, { now: () => NOON });
    for (const id of ['one', 'two', 'three']) {
      first.createSession({ id, question: 'why?' });
      first.spend.add(entry({ session: id }));
    }
    first.remove('one');
    first.close();
    const { store } = await openSessionStore(path, { now: () => NOON + YEAR, retention: { sessions: 1 } });
    expect(store.list()).toHaveLength(1);
    expect(store.spend.entries(0, NOON + YEAR).map(item => item.session)).toEqual(['one', 'two', 'three']);
    store.close();
  });

  it('gives each threshold of a period to one process', async () => {
    const [a, b] = [await openSessionStore(path), await openSessionStore(path)];
    const claim = { period: '2026-11-21', budget: 'perDay.usd', limit: 5, threshold: 0.8 };
    expect(a.store.spend.claim(claim, NOON)).toBe(true);
    expect(b.store.spend.claim(claim, NOON)).toBe(false);
    expect(b.store.spend.claim({ ...claim, threshold: 1 }, NOON)).toBe(true);
    expect(b.store.spend.claim({ ...claim, period: '2026-11-22' }, NOON)).toBe(true);
    expect(a.store.spend.claim({ ...claim, limit: 10 }, NOON)).toBe(true);
    a.store.close();
    b.store.close();
  });
});

describe('two processes', () => {
  it('together spend no more than one turn each beyond a budget', async () => {
    (await openSessionStore(path)).store.close();
    const turns = await Promise.all(['one', 'two'].map(spender));
    const made = turns.reduce((sum, count) => sum + count, 0);
    expect(Math.min(...turns)).toBeGreaterThan(0);
    expect(made).toBeGreaterThanOrEqual(100);
    expect(made).toBeLessThanOrEqual(101);
    const { store } = await openSessionStore(path);
    expect(store.spend.entries(0, NOON + 1)).toHaveLength(made);
    store.close();
  });
});

/** Turns that a process of its own made until the budget of 100 turns was used up. */
async function spender(session: string): Promise<number> {
  const file = join(import.meta.dirname, 'spender.ts');
  const child = spawn(process.execPath, [file, path, session, '1000', String(NOON)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  expect(await closed).toEqual([0, null]);
  return Number(text);
}

describe('a history of the first version', () => {
  it('gets an account and keeps its sessions', async () => {
    const { store: made } = await openSessionStore(path);
    made.createSession({ id: 'old', question: 'why?' });
    made.append('old', { v: 1, seq: 1, at: NOON, type: 'question' });
    made.close();
    const db = new Sqlite(path);
    db.exec('DROP TABLE spend; DROP TABLE budget_notices; PRAGMA user_version = 1;');
    db.close();

    const opened = await Promise.all([openSessionStore(path), openSessionStore(path)]);
    for (const { store, warning } of opened) {
      expect(warning).toBeUndefined();
      expect(store.find('old')).toMatchObject({ question: 'why?', lastSeq: 1 });
      store.spend.add(entry());
    }
    expect(opened[0]!.store.spend.entries(0, NOON + 1)).toHaveLength(2);
    for (const { store } of opened) store.close();
  });
});
