import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recordKernel } from './support/kernel.ts';

const PAGE = 4096;
const SIGKILL = 9;

test('every page fault is counted', async () => {
  await using recorded = await recordKernel(['touch', '-', 2000]);
  const { program, tracer } = recorded;
  program.go();
  const faults = Number((await program.line()).split(' ')[1]);
  await program.line();
  await tracer.stop();

  expect(faults).toBeGreaterThanOrEqual(2000);
  expect(tracer.counted('page_fault', program.pid)).toBeGreaterThanOrEqual(faults);
  expect(tracer.counted('page_fault', program.pid)).toBeLessThan(faults + 200);
});

test('a fault that waits for the disk is an event with its address, and the stretch in which it waited', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kv-page-in-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using recorded = await recordKernel(['page-in', join(folder, 'file'), 64], '--min-off-cpu-us', '0');
  const { program, tracer } = recorded;
  program.go();
  const from = Number((await program.line()).split(' ')[1]);
  await program.line();
  await tracer.stop();

  const { pid } = program;
  const faults = tracer
    .of('event')
    .filter(({ kind, address }) => kind === 'page-fault' && address >= from && address < from + 64 * PAGE);
  expect(faults.length).toBeGreaterThan(0);
  expect(tracer.counted('page_fault_wait', pid)).toBeGreaterThanOrEqual(faults.length);
  const [fault] = faults;
  expect(fault).toMatchObject({ pid, tid: pid, comm: 'kernel', code: 0 });
  const stretch = tracer.of('off-cpu').find(off => off.tid === pid && off.startNs === fault!.startNs);
  expect(stretch).toMatchObject({
    state: 2,
    syscall: -1,
    pageFault: true,
    endNs: fault!.startNs + fault!.durationNs,
  });
  const reads = tracer.of('event').filter(event => event.kind === 'block-io' && event.code === 0);
  expect(
    reads.some(
      read =>
        read.pid === pid &&
        read.startNs < stretch!.endNs &&
        read.startNs + read.durationNs > stretch!.startNs,
    ),
  ).toBe(true);
});

/** A memory control group of 48 MB, of either version. */
function smallGroup(pid: number): void {
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const group = join(unified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory', `kv-test-${process.pid}`);
  mkdirSync(group);
  onTestFinished(() => rmdirSync(group));
  writeFileSync(join(group, unified ? 'memory.max' : 'memory.limit_in_bytes'), String(48 << 20));
  writeFileSync(join(group, 'cgroup.procs'), String(pid));
}

test('a kill for want of memory names the victim, who asked, and how much it held', async () => {
  await using recorded = await recordKernel(['eat', '-', 512]);
  const { program, tracer } = recorded;
  const { pid } = program;
  smallGroup(pid);
  program.go();
  expect(await tracer.ended()).toEqual({ exitCode: 3 });

  const kills = tracer.of('event').filter(event => event.kind === 'oom-kill');
  expect(kills).toMatchObject([{ pid, comm: 'kernel', other: pid }]);
  expect(kills[0]!.sizeBytes).toBeGreaterThan(32 << 20);
  expect(kills[0]!.sizeBytes).toBeLessThanOrEqual(48 << 20);
  const signal = tracer.of('event').find(event => event.kind === 'signal' && event.code === SIGKILL);
  expect(signal).toMatchObject({ pid, other: 0 });
  expect(tracer.of('process').find(process => process.change === 'exit')).toMatchObject({
    pid,
    exitCode: 128 + SIGKILL,
  });
});
