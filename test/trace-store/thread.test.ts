import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functionStats, openTrace } from '../../src/trace/index.ts';
import { RecordDecoder } from '../../src/trace/record/decode.ts';
import type { CallRecord } from '../../src/trace/record/types.ts';
import { WriterThread } from '../../src/trace/store/index.ts';
import { encode } from '../bench/encode.ts';
import { workload } from '../bench/workload.ts';
import { MAX_BYTES, meta, newPath, process } from './records.ts';

const recorded = readFileSync(new URL('../fixtures/trace-records/two-threads.bin', import.meta.url));
const start = (path: string, redact = (text: string) => text) =>
  WriterThread.start({ path, maxBytes: MAX_BYTES, redact, host: { name: 'node-1', cpuCores: 2 } });

async function pushed(bytes: Uint8Array, path = newPath(), redact?: (text: string) => string) {
  const writer = await start(path, redact);
  for (let at = 0; at < bytes.length; at += 4_096) await writer.push(bytes.subarray(at, at + 4_096));
  const live = await writer.live();
  return { path, live, summary: await writer.finish() };
}

describe('a recording of the real helper', () => {
  it('becomes a file that says the same', async () => {
    const records = new RecordDecoder().push(recorded);
    const calls = records.filter((record): record is CallRecord => record.type === 'call');
    const { path, summary } = await pushed(recorded);
    expect(summary).toMatchObject({ calls: calls.length, seen: calls.length, dropped: [] });
    const reader = await openTrace(path);
    expect(reader.info).toMatchObject({ calls: calls.length, host: 'node-1', cpuCores: 2, notes: [] });
    const total = functionStats(reader).reduce((sum, { totalMs }) => sum + totalMs, 0);
    expect(total).toBeCloseTo(calls.reduce((sum, { durationNs }) => sum + durationNs, 0) / 1e6, 3);
    const nested = reader.query<{ outer: string; inner: string }>(
      `SELECT DISTINCT p.fn AS outer, c.fn AS inner FROM trace_calls c JOIN trace_calls p ON p.id = c.parent
       WHERE p.tid = c.tid AND c.start >= p.start AND c.start + c.dur <= p.start + p.dur`,
    );
    expect(nested).toContainEqual({ outer: 'cudaLaunchKernel', inner: 'cuLaunchKernel' });
    expect(reader.select('trace_processes', `WHERE name = 'program'`)).toMatchObject([{ exit_code: 0 }]);
  });

  it('shows the same while it goes on', async () => {
    const { live, summary } = await pushed(recorded);
    expect(live.seen).toBe(summary.seen);
    expect(live.functions.map(({ fn }) => fn)).toContain('cudaLaunchKernel');
    for (const { p50Ms, p95Ms, p99Ms, maxMs } of live.functions)
      expect([p50Ms, p95Ms, p99Ms, maxMs]).toEqual([p50Ms, p95Ms, p99Ms, maxMs].sort((a, b) => a - b));
  });
});

it('keeps up with its producer, and makes it wait where it does not', async () => {
  const writer = await start(newPath());
  const pieces = [...workload({ calls: 150_000 })].map(encode);
  let most = 0;
  for (const piece of pieces) {
    await writer.push(piece);
    most = Math.max(most, writer.pending);
  }
  const state = await writer.live();
  expect(writer.pending).toBe(0);
  expect(most).toBeLessThan(17 * 1024 * 1024);
  const summary = await writer.finish();
  expect(summary.seen).toBe(summary.calls);
  expect(summary.calls).toBeGreaterThanOrEqual(150_000);
  expect(state.functions[0]).toMatchObject({ fn: 'cudaStreamSynchronize', layer: 'runtime' });
  expect(state.processes.map(({ name }) => name)).toEqual(['python', 'python']);
  expect(state.callsPerSecond).toBeGreaterThan(0);
}, 60_000);

it('tells its listeners by itself', async () => {
  const writer = await start(newPath());
  const told = Promise.withResolvers<number>();
  const end = writer.onLive(({ atNs }) => told.resolve(atNs));
  await writer.push(recorded);
  expect(await told.promise).toBeGreaterThan(0);
  end();
  await writer.finish();
});

it('takes secrets out of command lines before they reach the file', async () => {
  const bytes = encode([meta, process('seen', { command: 'train --token=hunter2' })]);
  const { path } = await pushed(bytes, newPath(), text => text.replace('hunter2', '<secret>'));
  expect((await openTrace(path)).select('trace_processes')).toMatchObject([
    { command: 'train --token=<secret>' },
  ]);
  expect(readFileSync(path).includes('hunter2')).toBe(false);
});

it('refuses a file that exists', async () => {
  const path = newPath();
  writeFileSync(path, '');
  await expect(start(path)).rejects.toThrow('exists already');
});

it('keeps what came before the damage of a stream, and says so', async () => {
  const path = newPath();
  const writer = await start(path);
  await writer.push(encode([...workload({ calls: 1_000 })].flat().slice(0, 500)));
  await writer.push(new Uint8Array(64).fill(0xff));
  await writer.live();
  await expect(writer.push(recorded)).rejects.toThrow(/no intact kv-tracer stream/);
  const summary = await writer.finish('damaged');
  expect(summary.calls).toBeGreaterThan(400);
  expect((await openTrace(path)).info.notes.join()).toContain('The rest of the recording was damaged');
});
