import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chains, functionStats, launchGaps, memoryReport, starvation } from '../../../src/trace/index.ts';
import { builtFile } from '../support/start.ts';
import { folder, neighbour, told, train } from './record.ts';

test('nothing is blamed in a healthy run', async () => {
  const { reader, summary } = await train(['healthy']);
  expect(told(reader)).toEqual([]);
  expect(launchGaps(reader).filter(gap => gap.ms > 50)).toEqual([]);
  expect(summary).toMatchObject({ dropped: [], notes: [], exitCode: 0 });
});

test('sleeps of 100 ms between steps are a timeout that is waited out, and no contention', async () => {
  await neighbour('lazy', 'idle');
  const { reader } = await train(['polls']);
  expect(told(reader)).toEqual([]);
  expect(starvation(reader).verdict).toBe('no sign');
  const gaps = launchGaps(reader, { limit: 20 }).filter(gap => gap.offCpuMs !== undefined);
  expect(gaps.length).toBeGreaterThan(6);
  for (const gap of gaps) {
    expect(gap.sentence).toContain('asleep in clock_nanosleep');
    expect(gap.runnableMs).toBeLessThan(gap.ms / 4);
    expect(gap.sentence).not.toMatch(/lazy|kv/);
  }
});

test('big copies from pinned memory are as fast as they can be', async () => {
  const { reader } = await train(['pinned']);
  expect(told(reader)).toEqual([]);
  expect(functionStats(reader).map(({ fn }) => fn)).toContain('cudaMemcpyAsync');
});

test('a cache that fills up is no leak', async () => {
  const { reader } = await train(['cache'], {}, { stacks: true });
  expect(told(reader)).toEqual([]);
  const report = memoryReport(reader);
  expect(report.findings).toEqual([]);
  expect(report.sites).toMatchObject([{ site: 'cache', liveAllocations: 20, liveBytes: 20 * (4 << 20) }]);
});

test("kv's own helper is no culprit, though it takes the program's CPU again and again", async () => {
  const helper = join(folder(), 'kv-tracer');
  writeFileSync(helper, `#!/bin/sh\nexec taskset -c 0 chrt -f 3 ${builtFile('kv-tracer')} "$@"\n`);
  chmodSync(helper, 0o755);
  const { reader } = await train(['launches'], { GPU_LAUNCH_US: '100' }, { helper, all: true });
  const [taken] = reader.query<{ times: number }>(
    `SELECT count(*) AS times FROM trace_off_cpu o JOIN trace_processes p ON p.pid = o.next_pid
     WHERE p.name = 'kv-tracer' AND o.state = 'R'`,
  );
  expect(taken!.times).toBeGreaterThan(2);
  // What it costs is told as its cost, and by nobody's name.
  expect(told(reader).filter(one => one !== 'recorder of cudaLaunchKernel')).toEqual([]);
  expect(chains(reader).flatMap(({ rivals }) => rivals.map(rival => rival.process))).not.toContain(
    'kv-tracer',
  );
});
