import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openSessionStore,
  type SessionStore,
  type StoredEvent,
  sessionId,
} from '../../src/sessions/index.ts';

interface TextEvent extends StoredEvent {
  text: string;
}

const START = Date.UTC(2026, 10, 21, 12);
let folder: string;
let path: string;
let now: number;
let store: SessionStore<TextEvent>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kv-sessions-'));
  path = join(folder, 'state', 'kv', 'sessions.db');
  now = START;
  ({ store } = await openSessionStore<TextEvent>(path, { now: () => now }));
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

const event = (seq: number, text = 'x'): TextEvent => ({ v: 1, seq, at: START + seq, type: 'text', text });

async function reopen(options: Parameters<typeof openSessionStore>[1] = {}): Promise<void> {
  store.close();
  ({ store } = await openSessionStore<TextEvent>(path, { now: () => now, ...options }));
}

describe('the session history', () => {
  it('is for its owner only', async () => {
    const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
    store.createSession({ question: 'why?' });
    expect(await mode(path)).toBe('600');
    expect(await mode(`${path}-wal`)).toBe('600');
    expect(await mode(join(folder, 'state', 'kv'))).toBe('700');
  });

  it('keeps events in order, whatever they hold, across processes', async () => {
    const { id } = store.createSession({ question: 'why?' });
    const events = Array.from({ length: 1203 }, (_, n) => event(n + 1, `„läuft“ 🚀\u0000 ${n}`));
    for (const item of events) store.append(id, item);
    await reopen();
    expect([...store.events(id)]).toEqual(events);
    expect(store.find(id)).toMatchObject({ lastSeq: 1203, updatedAt: START + 1203 });
    expect([...store.events('other')]).toEqual([]);
  });

  it('can be written while it is read', () => {
    const { id } = store.createSession({ question: 'why?' });
    for (const n of [1, 2, 3]) store.append(id, event(n));
    for (const { seq } of store.events(id)) if (seq <= 3) store.append(id, event(seq + 10));
    expect([...store.events(id)].map(item => item.seq)).toEqual([1, 2, 3, 11, 12, 13]);
  });

  it('lists sessions, last used first, with question, title, status and meta', async () => {
    const a = store.createSession({ question: `why\n${'so '.repeat(80)}?`, meta: { model: 'offline' } });
    now += 1000;
    const b = store.createSession({ question: 'second?' });
    expect(store.list().map(session => session.id)).toEqual([b.id, a.id]);
    store.append(a.id, { ...event(1), at: now + 5 });
    store.setTitle(a.id, 'Checkout crashes');
    store.setStatus(a.id, 'answered');
    await reopen();
    expect(store.latest()).toMatchObject({
      id: a.id,
      title: 'Checkout crashes',
      status: 'answered',
      createdAt: START,
      updatedAt: now + 5,
      meta: { model: 'offline' },
    });
    expect(store.list({ limit: 1 })).toHaveLength(1);
    expect(b).toMatchObject({ title: 'second?', status: 'running', lastSeq: 0 });
    expect(a.title.length).toBeLessThanOrEqual(100);
  });

  it('journals calls with their whole results, deflated', async () => {
    const { id } = store.createSession({ question: 'why?' });
    const result = JSON.stringify(
      Array.from({ length: 2000 }, (_, n) => ({ name: `pod-${n}`, phase: 'Running' })),
    );
    const ok = {
      call: 1,
      turn: 1,
      name: 'k8s.list',
      args: { kind: 'Pod', fields: ['metadata.name'] },
      effect: 'read',
      ok: true,
      result,
      startedAt: START,
      durationMs: 12.5,
    };
    const failed = { ...ok, call: 2, ok: false, result: undefined, error: 'forbidden' };
    store.recordCall(id, failed);
    store.recordCall(id, ok);
    await reopen();
    expect([...store.calls(id)]).toEqual([ok, JSON.parse(JSON.stringify(failed))]);
    expect(store.find(id).bytes).toBeLessThan(result.length / 4);
  });

  it('keeps state by key', async () => {
    const { id } = store.createSession({ question: 'why?' });
    store.setState(id, 'pods', ['a', { b: null }]);
    store.setState(id, 'n', 1);
    store.setState(id, 'n', 2);
    store.setState(id, 'gone', true);
    store.deleteState(id, 'gone');
    await reopen();
    expect(Object.fromEntries(store.state(id))).toEqual({ pods: ['a', { b: null }], n: 2 });
  });

  it('forgets a removed session whole', () => {
    const { id } = store.createSession({ question: 'why?' });
    store.append(id, event(1));
    store.setState(id, 'k', 1);
    store.remove(id);
    expect(store.list()).toEqual([]);
    expect([...store.events(id)]).toEqual([]);
    expect(store.state(id).size).toBe(0);
    expect(() => store.append(id, event(2))).toThrow(/no longer holds this session/);
  });
});

describe('session ids', () => {
  it('are short, in order of time, and distinct within one moment', () => {
    const ids = Array.from({ length: 20 }, () => store.createSession({ question: 'again' }).id);
    expect(new Set(ids).size).toBe(20);
    expect(ids.toSorted()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^2026-11-21-[0-9a-hjkmnp-tv-z]{4}$/);
    expect(sessionId(START + 86_399_999)).toBe('2026-11-22-fzzz');
    expect(sessionId(Date.UTC(2026, 10, 22) - 1) < sessionId(Date.UTC(2026, 10, 22))).toBe(true);
  });

  it('may be given, once', () => {
    store.createSession({ id: 'mine', question: 'why?' });
    expect(store.find('mine').question).toBe('why?');
    expect(() => store.createSession({ id: 'mine', question: 'why?' })).toThrow(/already is a session mine/);
  });

  it('are found by whole id, start or last part', () => {
    for (const id of ['2026-11-20-7f3k', '2026-11-21-7f3m', '2026-11-21-9abc']) {
      store.createSession({ id, question: id });
    }
    expect(store.find('2026-11-20').id).toBe('2026-11-20-7f3k');
    expect(store.find('9A').id).toBe('2026-11-21-9abc');
    expect(store.find('2026-11-21-7f3m').id).toBe('2026-11-21-7f3m');
    expect(() => store.find('7f3')).toThrow(
      expect.objectContaining({
        kind: 'usage',
        reason: 'ambiguous',
        message: expect.stringMatching(/fits 2 sessions: .*7f3m.*|.*7f3k/),
      }),
    );
    expect(() => store.find('2026-11-21-9abd')).toThrow(
      expect.objectContaining({
        reason: 'not-found',
        hint: expect.stringContaining('Did you mean 2026-11-21-9abc?'),
      }),
    );
    expect(() => store.find('')).toThrow(/no session ""/);
  });
});

describe('retention', () => {
  const day = 86_400_000;

  async function fill(count: number, text: string): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      now = START + n * 1000;
      const { id } = store.createSession({ question: `question ${n}` });
      store.append(id, { ...event(1, text), at: now });
      ids.push(id);
    }
    return ids;
  }

  it('keeps the newest sessions, once the others are no longer in use', async () => {
    const ids = await fill(6, 'x');
    await reopen({ retention: { sessions: 2 } });
    expect(store.list()).toHaveLength(6);
    now = START + day;
    await reopen({ retention: { sessions: 2 } });
    expect(store.list().map(session => session.id)).toEqual([ids[5], ids[4]]);
    expect([...store.events(ids[0]!)]).toEqual([]);
  });

  it('keeps as many bytes as allowed, at least the newest session, and gives the space back', async () => {
    await fill(20, 'y'.repeat(200_000));
    store.close();
    const before = (await stat(path)).size;
    now = START + day;
    ({ store } = await openSessionStore<TextEvent>(path, {
      now: () => now,
      retention: { bytes: 1_000_000 },
    }));
    expect(store.list()).toHaveLength(4);
    await reopen({ retention: { bytes: 1 } });
    expect(store.list()).toHaveLength(1);
    store.close();
    expect((await stat(path)).size).toBeLessThan(before / 4);
    ({ store } = await openSessionStore<TextEvent>(path, { now: () => now }));
  });
});
