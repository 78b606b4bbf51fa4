import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSessionStore } from '../../src/sessions/index.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kv-sessions-'));
  path = join(folder, 'sessions.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function startWriter(...args: Array<string | number>): ChildProcess {
  const file = join(import.meta.dirname, 'writer.ts');
  return spawn(process.execPath, [file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The numbers that the writer reported as stored; kills it after `killAfter` of them. */
async function reported(writer: ChildProcess, killAfter = Number.POSITIVE_INFINITY): Promise<number[]> {
  let text = '';
  for await (const chunk of writer.stdout!) {
    text += String(chunk);
    if (text.split('\n').length > killAfter) writer.kill('SIGKILL');
  }
  // A line without its end was cut by the kill.
  return text.split('\n').slice(0, -1).map(Number);
}

describe('a killed writer', () => {
  it('loses nothing that it had stored, and the session goes on', async () => {
    const { store: first } = await openSessionStore(path);
    const { id } = first.createSession({ question: 'why?' });
    first.close();

    const writer = startWriter(path, id, 1, 1_000_000, 1);
    const stored = await reported(writer, 300);
    expect(writer.signalCode ?? (await once(writer, 'exit'))[1]).toBe('SIGKILL');

    const { store, warning } = await openSessionStore(path);
    expect(warning).toBeUndefined();
    const events = [...store.events(id)];
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => index + 1));
    // The kill may fall between an event's commit and its report, never the other way round.
    expect(events.length - stored.length).toBeGreaterThanOrEqual(0);
    expect(events.length - stored.length).toBeLessThanOrEqual(1);
    const { lastSeq, status } = store.find(id);
    expect({ lastSeq, status }).toEqual({ lastSeq: events.length, status: 'running' });
    store.append(id, { v: 1, seq: lastSeq + 1, at: Date.now(), type: 'notice' });
    expect([...store.events(id)]).toHaveLength(events.length + 1);
    store.close();
  });
});

describe('two processes', () => {
  it('write to one history at once', async () => {
    const { store } = await openSessionStore(path);
    const { id } = store.createSession({ question: 'why?' });
    const odd = startWriter(path, id, 1, 400, 2);
    const even = startWriter(path, id, 2, 400, 2);
    const seen = await Promise.all([reported(odd), reported(even)]);
    expect(seen.flat()).toHaveLength(800);
    expect([...store.events(id)].map(event => event.seq)).toEqual(
      Array.from({ length: 800 }, (_, n) => n + 1),
    );
    store.close();
  });

  it('make the history at once when there is none', async () => {
    const openers = Array.from({ length: 3 }, () => openSessionStore(path));
    const writers = [1, 2, 3].map(n => {
      const code = `
        const { openSessionStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/sessions/index.ts'))});
        const { store, warning } = await openSessionStore(${JSON.stringify(path)});
        if (warning) throw new Error(warning);
        store.createSession({ question: 'from ${n}' });
        store.close();`;
      return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
    });
    const exits = await Promise.all(writers.map(writer => once(writer, 'exit')));
    expect(exits.map(([code]) => code)).toEqual([0, 0, 0]);
    for (const { store, warning } of await Promise.all(openers)) {
      expect(warning).toBeUndefined();
      expect(store.list()).toHaveLength(3);
      store.close();
    }
  });

  it('cannot both write the next event of one session', async () => {
    const [a, b] = [await openSessionStore(path), await openSessionStore(path)];
    const { id } = a.store.createSession({ question: 'why?' });
    const event = { v: 1, seq: 1, at: 1, type: 'question' };
    a.store.append(id, event);
    expect(() => b.store.append(id, event)).toThrow(
      expect.objectContaining({
        kind: 'failed',
        reason: 'conflict',
        hint: expect.stringContaining('Another kv'),
      }),
    );
    a.store.close();
    b.store.close();
  });
});
