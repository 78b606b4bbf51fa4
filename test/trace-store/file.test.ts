import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/shared/errors.ts';
import { functionStats, openTrace } from '../../src/trace/index.ts';
import type { LibraryRecord } from '../../src/trace/record/types.ts';
import { TraceWriter } from '../../src/trace/store/index.ts';
import { writeTraceFile } from '../bench/trace-file.ts';
import { call, functions, MAX_BYTES, meta, newPath, writeFile } from './records.ts';

function refusal(path: string): string {
  try {
    TraceWriter.create(path, { maxBytes: MAX_BYTES }).close();
    return 'it was made';
  } catch (error) {
    if (error instanceof KvError && error.kind === 'usage') return error.sentence;
    throw error;
  }
}

describe('a file that cannot be made', () => {
  it('is refused in one sentence, and an existing one is left as it is', () => {
    const path = newPath();
    writeFileSync(path, 'mine');
    expect(refusal(path)).toBe(`${path} exists already. Name another file with -o, or remove this one.`);
    expect(statSync(path).size).toBe(4);
    expect(refusal(join(dirname(path), 'no', 'such.db'))).toMatch(/its folder does not exist/);
    expect(refusal('/proc/trace.db')).toMatch(/cannot be written: .*Name a file with -o in a folder/);
  });
});

it('is one file when it is complete, and says when and why it ended', async () => {
  const { path, summary } = writeFile([
    call('cudaMalloc', 10),
    { type: 'end', timeNs: 5e6, reason: 'signal' },
  ]);
  expect(readdirSync(dirname(path))).toEqual(['trace.db']);
  expect(summary).toMatchObject({ endNs: 5e6, calls: 1, switches: 0, dropped: [], notes: [] });
  const { info } = await openTrace(path);
  expect(info).toMatchObject({ durationMs: 5, calls: 1, kernel: '6.18.0', notes: [] });
  expect(info.startedAt).toBe('2026-03-20T14:06:13.210Z');
});

it('says of which program nothing can be recorded, and why', async () => {
  const library = (
    path: string,
    status: 'attached' | 'failed' | 'stripped',
    message: string,
  ): LibraryRecord => ({
    ...{ type: 'library', timeNs: 0, pid: 1, path, device: 1, inode: 1, kind: 'executable', status },
    ...{ probes: 0, errno: 0, message, buildId: '' },
  });
  const { path, summary } = writeFile([
    library('/app/good', 'attached', ''),
    library('/app/train', 'stripped', 'it has no symbols'),
    library('/app/other', 'failed', 'Operation not permitted'),
  ]);
  const notes = [
    '/app/train: it has no symbols.',
    'Probes could not be placed on /app/other: Operation not permitted.',
  ];
  expect(summary.notes).toEqual(notes);
  expect((await openTrace(path)).info.notes).toEqual(notes);
});

it('is for its owner alone, with what SQLite has beside it, and goes to whom it is meant for', () => {
  const path = newPath();
  const isRoot = process.getuid!() === 0;
  const writer = TraceWriter.create(path, {
    maxBytes: MAX_BYTES,
    owner: isRoot ? { uid: 1234, gid: 1235 } : undefined,
  });
  writer.write([meta, ...functions, call('cudaMalloc', 10)]);
  for (const file of readdirSync(dirname(path)).map(name => statSync(join(dirname(path), name)))) {
    expect(file.mode & 0o777).toBe(0o600);
    expect([file.uid, file.gid]).toEqual(isRoot ? [1234, 1235] : [process.getuid!(), process.getgid!()]);
  }
  writer.finish();
});

it('can be read while it is written: whole batches, after half a second at the latest', async () => {
  const path = newPath();
  let now = 0;
  const writer = TraceWriter.create(path, { maxBytes: MAX_BYTES, now: () => now });
  const calls = async () => {
    const reader = await openTrace(path);
    const found = reader.select('trace_calls').length;
    const { notes } = reader.info;
    reader.close();
    return [found, notes.join()];
  };
  writer.write([meta, ...functions, call('cudaMalloc', 10)]);
  now = 499;
  writer.flush();
  expect((await calls())[0]).toBe(0);
  now = 500;
  writer.flush();
  expect(await calls()).toEqual([1, expect.stringContaining('still goes on')]);
  writer.finish();
  expect(await calls()).toEqual([1, '']);
});

it('is complete though somebody still reads it', async () => {
  const path = newPath();
  const writer = TraceWriter.create(path, { maxBytes: MAX_BYTES });
  writer.write([meta, ...functions, call('cudaMalloc', 10)]);
  const early = await openTrace(path);
  expect(writer.finish('test').notes).toEqual([]);
  early.close();
  const { info } = await openTrace(path);
  expect(info).toMatchObject({ calls: 1, notes: [] });
});

it('keeps all but the last batch when its writer is killed', async () => {
  const path = newPath();
  const program = join(import.meta.dirname, 'endless-writer.ts');
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const reader = await openTrace(path);
  expect(reader.info.calls).toBeGreaterThanOrEqual(10_000);
  expect(functionStats(reader)[0]!.calls).toBe(reader.info.calls);
  expect(reader.info.notes.join()).toContain('The recording was cut off');
});

it('stays within its size by giving up the oldest rows, not the sums', async () => {
  const path = newPath();
  const maxBytes = 8e6;
  const calls = 600_000;
  const summary = writeTraceFile(path, { calls }, maxBytes);
  expect(summary.calls).toBeGreaterThanOrEqual(calls);
  expect(statSync(path).size).toBeLessThan(maxBytes * 1.05);
  const reader = await openTrace(path);
  const [kept] = reader.query<{ n: number; first: number; last: number }>(
    'SELECT count(*) AS n, min(start + dur) AS first, max(start + dur) AS last FROM trace_calls',
  );
  const { from } = /first (?<from>[\d.]+) s were given up/.exec(reader.info.notes.join())!.groups!;
  expect(reader.info.calls).toBe(kept!.n);
  expect(kept!.n).toBeGreaterThan((0.7 * maxBytes) / 40);
  expect(kept!.first / 1e9).toBeLessThan(Number(from) + 0.1);
  expect(kept!.last / 1e9).toBeGreaterThan(Number(from));
  const [seen] = reader.query<{ n: number }>('SELECT sum(count) AS n FROM trace_aggregates');
  expect(seen!.n).toBe(summary.calls);
}, 60_000);

it('leaves nothing beside the file when it is closed for a failure', () => {
  const path = newPath();
  TraceWriter.create(path, { maxBytes: MAX_BYTES }).close();
  expect(existsSync(`${path}-spare`)).toBe(false);
});
