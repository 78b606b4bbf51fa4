import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findings } from '../../../src/trace/index.ts';
import { folder, open, scenarioFile, start } from './record.ts';

/** A memory control group of 48 MB, of either version. */
function smallGroup(pid: number): void {
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const group = join(unified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory', `kv-greedy-${process.pid}`);
  mkdirSync(group);
  onTestFinished(() => vi.waitFor(() => rmdirSync(group), 5_000));
  writeFileSync(join(group, unified ? 'memory.max' : 'memory.limit_in_bytes'), String(48 << 20));
  writeFileSync(join(group, 'cgroup.procs'), String(pid));
}

test('a process that its memory limit killed is named, with what it held and what it called last', async () => {
  const output = join(folder(), 'trace.db');
  const recording = await start(output, { command: [scenarioFile('train'), 'greedy'] });
  smallGroup(recording.command!.pid);
  expect(await recording.done).toMatchObject({ exitCode: 128 + 9 });

  const [kill, ...others] = findings(await open(output));
  expect(others).toEqual([]);
  expect(kill).toMatchObject({ kind: 'oom-kill', process: 'train', pid: recording.command!.pid });
  expect(kill!.figures['bytes']).toBeGreaterThan(30e6);
  expect(kill!.sentence).toMatch(/It held [\d.]+ MB .* Its last recorded call was cuda/);
});
