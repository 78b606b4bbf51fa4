import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { functionStats, openTrace } from '../../src/trace/index.ts';
import { TraceWriter } from '../../src/trace/store/index.ts';
import { workload } from '../bench/workload.ts';

// A real file system of 24 MB, which takes root to mount.
let disk = '';
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'kv-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'kv-test', disk]);
});
afterEach(() => {
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

test('a full disk ends the storing in one sentence, and the file is closed in order', async () => {
  const path = join(disk, 'trace.db');
  const writer = TraceWriter.create(path, { maxBytes: 1e9 });
  for (const records of workload({ calls: 1_000_000 })) writer.write(records);
  const before = writer.live();
  const summary = writer.finish();

  expect(before.notes).toEqual([
    expect.stringMatching(
      /^The disk is full, so nothing more was written\. What came after [\d.]+ s is not in the file\.$/,
    ),
  ]);
  expect(summary.notes).toEqual(before.notes);
  expect(readdirSync(disk)).toEqual(['trace.db']);

  // What arrived is either in the file or counted as lost.
  const lost = summary.dropped.find(({ place }) => place === 'store')!.count;
  const sent = [...workload({ calls: 1_000_000 })].flat();
  const rows = sent.filter(({ type }) => type === 'call' || type === 'off-cpu').length;
  expect(summary.calls + summary.switches + lost).toBe(rows);
  expect(summary.calls).toBeGreaterThan(100_000);

  const reader = await openTrace(path);
  expect(reader.query('SELECT count(*) AS n FROM trace_calls')).toEqual([{ n: summary.calls }]);
  expect(reader.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(reader.info.notes.join(' ')).toContain('The disk is full');
  expect(functionStats(reader).reduce((sum, { calls }) => sum + calls, 0)).toBe(summary.calls);
  reader.close();
});

test('a disk that is full already refuses the file, and nothing is left of it', async () => {
  const filler = join(disk, 'filler');
  const free = statfsSync(disk);
  execFileSync('fallocate', ['-l', String(free.bavail * free.bsize - 16 * 4096), filler]);
  const path = join(disk, 'trace.db');
  expect(() => TraceWriter.create(path, { maxBytes: 1e9 })).toThrow(/cannot be written: the disk is full/);
  expect(readdirSync(disk)).toEqual(['filler']);
});
