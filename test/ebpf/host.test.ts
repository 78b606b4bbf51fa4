import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { OffCpuRecord } from '../../src/trace/record/types.ts';
import { builtFile, startProgram, startTracer, trace } from './support/start.ts';

const FUTEX = 202;
const CLOCK_NANOSLEEP = 230;

test('a thread that waits for a lock is off CPU in futex until its holder wakes it', async () => {
  await using program = await startProgram(['contend']);
  await using tracer = await trace(program);
  await program.finish();
  await tracer.stop();

  const { pid } = program;
  const stretches = tracer.of('off-cpu').filter(off => off.pid === pid && !off.open);
  const longest = (some: OffCpuRecord[]) =>
    some.toSorted((a, b) => b.endNs - b.startNs - (a.endNs - a.startNs))[0]!;
  const waited = longest(stretches.filter(off => off.tid !== pid && off.syscall === FUTEX));
  expect(waited).toMatchObject({ state: 1, preempted: false, waker: { pid, tid: pid, comm: 'program' } });
  expect(waited.endNs - waited.startNs).toBeGreaterThan(30_000_000);
  expect(waited.wokenNs).toBeGreaterThan(waited.startNs);
  expect(waited.wokenNs).toBeLessThanOrEqual(waited.endNs);
  const slept = longest(stretches.filter(off => off.tid === pid && off.syscall === CLOCK_NANOSLEEP));
  expect(slept.endNs - slept.startNs).toBeGreaterThanOrEqual(50_000_000);
  expect(waited.startNs).toBeLessThan(slept.endNs);
  expect(waited.endNs).toBeGreaterThan(slept.endNs);
});

test('a call that lost its CPU overlaps stretches that name who ran instead', async () => {
  const env = { STUB_cudaMemcpy_US: '300000' };
  await using program = await startProgram(['work', 1, 1], { env, cpu: 0 });
  await using rival = await startProgram(['work', 1, 1], {
    env: { STUB_cudaMalloc_US: '2000000' },
    name: 'program-static',
    cpu: 0,
  });
  await using tracer = await trace(program);
  rival.go();
  await program.finish();
  await tracer.stop();

  const [copy] = tracer.calls('cudaMemcpy');
  const lost = tracer
    .of('off-cpu')
    .filter(
      off =>
        off.tid === copy!.tid &&
        off.startNs >= copy!.startNs &&
        off.endNs <= copy!.startNs + copy!.durationNs,
    );
  expect(lost.some(off => off.preempted && off.next.pid === rival.pid)).toBe(true);
  expect(lost.find(off => off.next.pid === rival.pid)).toMatchObject({
    cpuOut: 0,
    state: 0,
    syscall: -1,
    next: { comm: 'program-static' },
  });
});

test('children are followed from their fork to their exit', async () => {
  await using program = await startProgram(['children', 5, 3]);
  await using tracer = await trace(program, '--all');
  await program.finish();
  await program.end();
  expect(await tracer.ended()).toEqual({ exitCode: 0 });

  const forks = tracer.of('process').filter(process => process.change === 'fork');
  expect(forks).toHaveLength(3);
  for (const fork of forks) {
    expect(fork.parent).toBe(program.pid);
    expect(tracer.calls('cudaMalloc', fork.pid)).toHaveLength(5);
    expect(tracer.counted('cudaMalloc', fork.pid)).toBe(5);
    const exit = tracer.of('process').find(process => process.pid === fork.pid && process.change === 'exit');
    expect(exit).toMatchObject({ exitCode: 3 });
  }
  expect(tracer.of('end')).toMatchObject([{ reason: 'targets' }]);
});

test('a process is described by its command and its control group', async () => {
  await using program = await startProgram(['work', 1, 1]);
  await using tracer = await trace(program);
  const seen = await tracer.until('process', process => process.pid === program.pid);
  expect(seen).toMatchObject({
    comm: 'program',
    command: `${builtFile('program')} work 1 1`,
    change: 'seen',
  });
  expect(readFileSync(`/proc/${program.pid}/cgroup`, 'utf8')).toContain(seen.cgroupPath);
});

test('a process that becomes another program stays a target', async () => {
  await using program = await startProgram(['exec', 4]);
  await using tracer = await trace(program, '--all');
  program.go();
  await tracer.until('process', process => process.change === 'exec');
  expect(await program.line()).toMatch(/^ready/);
  await program.finish();
  await tracer.stop();

  expect(tracer.of('process').find(process => process.change === 'exec')).toMatchObject({ pid: program.pid });
  expect(tracer.calls('cudaMalloc', program.pid)).toHaveLength(4);
});

test('a process that exits in the middle of a call is seen to, and nothing is made up for the call', async () => {
  const env = { STUB_cudaMalloc_US: '5000000', STUB_SLEEP: '1' };
  await using program = await startProgram(['exit-within'], { env });
  await using tracer = await trace(program, '--all');
  program.go();
  expect(await tracer.ended()).toEqual({ exitCode: 0 });

  expect(tracer.of('process').find(process => process.change === 'exit')).toMatchObject({ exitCode: 7 });
  expect(tracer.calls('cudaMalloc')).toEqual([]);
  expect(tracer.of('end')).toMatchObject([{ reason: 'targets' }]);
});

test('a library that is loaded later, and CUDA linked into an executable, are found', async () => {
  await using late = await startProgram(['late', 3, builtFile('libcudart.so.13')], { name: 'program-late' });
  await using linked = await startProgram(['work', 2, 1], { name: 'program-static' });
  await using tracer = startTracer('--all');
  await tracer.attached('program-static');
  expect(tracer.of('library').some(library => library.kind === 'executable' && library.probes > 10)).toBe(
    true,
  );
  late.go();
  expect(await late.line()).toMatch(/^loaded/);
  await tracer.attached('libcudart.so.13');
  await late.finish();
  await linked.finish();
  await tracer.stop();

  expect(tracer.calls('cudaMalloc', late.pid)).toHaveLength(3);
  expect(tracer.calls('cuMemAlloc_v2', late.pid)).toHaveLength(3);
  expect(tracer.calls('cudaLaunchKernel', linked.pid)).toHaveLength(2);
  expect(tracer.calls('cuLaunchKernel', linked.pid)).toHaveLength(2);
});

test('a library named beforehand has its very first calls recorded', async () => {
  const library = builtFile('libcudart.so.13');
  await using program = await startProgram(['late', 3, library], { name: 'program-late' });
  await using tracer = startTracer('--pid', String(program.pid), '--all', '--library', library);
  await tracer.attached('libcudart.so.13');
  program.go();
  expect(await program.line()).toMatch(/^loaded/);
  await program.finish();
  await tracer.stop();

  expect(tracer.of('library').find(found => found.path === library)).toMatchObject({
    pid: 0,
    kind: 'runtime',
  });
  expect(tracer.calls('cudaMalloc', program.pid).map(call => call.first)).toEqual([true, false, false]);
});
