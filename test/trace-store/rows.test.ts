import { describe, expect, it } from 'vitest';
import { aggregateTotals, openTrace } from '../../src/trace/index.ts';
import type { MappingRecord, StackRecord, TraceRecord } from '../../src/trace/record/types.ts';
import { ModuleResolver } from '../../src/trace/store/index.ts';
import { aggregate, call, offCpu, PID, process, writeFile } from './records.ts';

const readerOf = (records: TraceRecord[], options?: Parameters<typeof writeFile>[1]) =>
  openTrace(writeFile(records, options).path);

describe('stretches off CPU', () => {
  it.each([
    ['woken before it ran', { wokenNs: 160 }, { state: 'S', runnable: 40 }],
    ['preempted', { preempted: true, state: 0 }, { state: 'R', runnable: 100 }],
    ['preempted on its way to sleep', { preempted: true, state: 1 }, { state: 'R', runnable: 100 }],
    ['it yielded', { state: 0 }, { state: 'R', runnable: 100 }],
    ['nobody seen to wake it', {}, { state: 'S', runnable: null }],
    ['still asleep at the end', { open: true, last: undefined }, { runnable: 0, last_pid: null }],
    ['waiting for a disk', { state: 2, ioWait: true, wokenNs: 200 }, { state: 'D', io: 1, runnable: 0 }],
    ['stopped', { state: 4 }, { state: 'T' }],
    ['parked', { state: 0x40 }, { state: 'P' }],
    ['a killable wait', { state: 0x102 }, { state: 'D' }],
    ['idle', { state: 0x402 }, { state: 'I' }],
    ['in a futex', { syscall: 202 }, { syscall: 202 }],
    ['in no system call', { syscall: -1 }, { syscall: null }],
  ])('%s', async (_, more, row) => {
    const reader = await readerOf([offCpu(100, 200, more)]);
    expect(reader.select('trace_off_cpu')).toMatchObject([{ pid: PID, start: 100, dur: 100, ...row }]);
  });

  it('name those who ran, and woke it', async () => {
    const task = (pid: number, comm: string) => ({ pid, tid: pid, comm });
    const reader = await readerOf([
      process('seen'),
      offCpu(1, 2, { next: task(0, 'swapper/1'), last: task(8, 'stress-ng'), waker: task(PID, 'thread') }),
    ]);
    const rows = reader.select<{ pid: number; name: string }>('trace_processes', 'ORDER BY pid');
    expect(rows.map(({ pid, name }) => [pid, name])).toEqual([
      [8, 'stress-ng'],
      [PID, 'train'],
    ]);
  });
});

describe('what the kernel counted', () => {
  const launches = (timeNs: number, count: number, more: object = {}) =>
    aggregate('cudaLaunchKernel', timeNs, {
      count,
      sumNs: count * 5,
      maxNs: 6,
      buckets: [[5, count]],
      ...more,
    });

  it('is stored by the second, from totals that only grow', async () => {
    const reader = await readerOf([
      launches(1e9, 10),
      launches(2e9, 10),
      launches(3e9, 25, {
        maxNs: 9,
        sumNs: 200,
        buckets: [
          [5, 24],
          [6, 1],
        ],
      }),
      launches(4e9, 26, {
        maxNs: 9,
        sumNs: 205,
        buckets: [
          [5, 25],
          [6, 1],
        ],
      }),
    ]);
    expect(reader.select('trace_aggregates')).toMatchObject([
      { start: 0, count: 10, total: 50, max: 6, buckets: '[[5,10]]' },
      { start: 2e9, count: 15, total: 150, max: 9, buckets: '[[5,14],[6,1]]' },
      // Which of the calls was the longest so far is known; of the others the bucket says enough.
      { start: 3e9, count: 1, total: 5, max: 5, buckets: '[[5,1]]' },
    ]);
  });

  it('starts anew where a process number does', async () => {
    const reader = await readerOf([launches(1e9, 10), launches(2e9, 3)]);
    expect(aggregateTotals(reader)).toMatchObject([{ count: 13 }]);
  });

  it('says how many of them are rows, calls and stretches alike', async () => {
    const reader = await readerOf([
      call('cudaLaunchKernel', 10),
      call('cudaLaunchKernel', 20),
      call('cudaLaunchKernel', 30, { depth: 1, parentStartNs: 5 }),
      offCpu(1, 2),
      launches(1e9, 1),
      launches(1e9, 4, { nested: true }),
      launches(2e9, 7),
      aggregate('sched_switch', 2e9, { count: 5, buckets: [[3, 5]] }),
    ]);
    const totals = Object.fromEntries(
      aggregateTotals(reader).map(({ fn, count, stored }) => [fn, [count, stored]]),
    );
    expect(totals).toEqual({ cudaLaunchKernel: [11, 3], sched_switch: [5, 1] });
    expect(reader.info.notes).toContain(
      '3 of 11 CUDA calls were kept one by one; the rest are in sums only.',
    );
  });
});

it('follows processes from fork to exit', async () => {
  const reader = await readerOf(
    [
      process('seen', { pid: 50, comm: 'bash', command: 'bash --token=abc', cgroupPath: '/a' }),
      process('fork', { pid: 60, parent: 50, timeNs: 5, comm: 'bash' }),
      process('exec', { pid: 60, timeNs: 6, comm: 'python', command: 'python x.py --password abc' }),
      process('exit', { pid: 60, timeNs: 9, comm: 'python', exitCode: 137 }),
      process('exit', { pid: 70, timeNs: 9, comm: 'short' }),
      process('seen', { pid: 80, comm: 'sh', command: 'sh -c true' }),
      process('exec', { pid: 80, comm: 'true' }),
    ],
    { redact: text => text.replace('abc', '<secret>') },
  );
  expect(reader.select('trace_processes', 'ORDER BY pid')).toMatchObject([
    { pid: 50, name: 'bash', command: 'bash --token=<secret>', cgroup: '/a', started: null, ended: null },
    {
      pid: 60,
      name: 'python',
      command: 'python x.py --password <secret>',
      parent: 50,
      started: 5,
      ended: 9,
      exit_code: 137,
    },
    { pid: 70, name: 'short', command: null, ended: 9, exit_code: 0 },
    { pid: 80, name: 'true', command: null },
  ]);
});

it('stores no command line where nothing takes its secrets out', async () => {
  const reader = await readerOf([process('seen', { command: 'train --token=abc' })]);
  expect(reader.select('trace_processes')).toMatchObject([{ command: null }]);
});

it('stores what the kernel did', async () => {
  const about = { type: 'event', pid: PID, tid: PID, comm: 'train', durationNs: 7, sizeBytes: 4096 } as const;
  const what = { address: 0x1000, disk: undefined, code: 1, other: 0, remote: undefined };
  const reader = await readerOf([
    { ...about, ...what, kind: 'block-io', startNs: 1, disk: '8:1' },
    { ...about, ...what, kind: 'page-fault', startNs: 2 },
    { ...about, ...what, kind: 'oom-kill', startNs: 3, other: 9 },
    { ...about, ...what, kind: 'tcp-drop', startNs: 4, code: 5, remote: '10.0.0.1:443' },
    { ...about, ...what, kind: 'signal', startNs: 5, code: 9, other: 9 },
  ]);
  expect(reader.select('trace_events', 'ORDER BY at')).toMatchObject([
    { kind: 'block-io', dur: 7, size: 4096, address: 0x1000, code: 1, text: '8:1', other_pid: null },
    { kind: 'page-fault', size: null, address: 0x1000, code: 1, text: null },
    { kind: 'oom-kill', size: 4096, address: null, code: null, other_pid: 9 },
    { kind: 'tcp-drop', code: 5, text: '10.0.0.1:443' },
    { kind: 'signal', code: 9, other_pid: 9 },
  ]);
});

it('counts what was lost by place, and calls that had begun before as no loss', async () => {
  const drop = (counter: 'calls' | 'queue' | 'stacks' | 'unmatched', cpu: number, total: number) =>
    ({ type: 'drop', timeNs: 1, counter, cpu, total }) as const;
  const { path, summary } = writeFile([
    drop('calls', 0, 5),
    drop('calls', 1, 2),
    drop('calls', 0, 1_200),
    drop('queue', 0, 3),
    drop('stacks', 0, 4),
    drop('unmatched', 0, 9),
  ]);
  expect(summary.dropped).toEqual([
    { place: 'calls', count: 1_202 },
    { place: 'stacks', count: 4 },
    { place: 'queue', count: 3 },
  ]);
  expect((await openTrace(path)).info.notes).toEqual([
    '1,205 events were dropped while recording (calls 1,202, queue 3).',
    '4 calls were recorded without their stacks.',
  ]);
});

it('tells processes apart that got the same number one after another', async () => {
  const mapped = (path: string): MappingRecord => {
    const where = { start: 4096, end: 8192, offset: 0, device: 1, inode: 1, buildId: '' };
    return { type: 'mapping', pid: PID, timeNs: 0, path, ...where };
  };
  const resolver = new ModuleResolver();
  const stack = (id: number): StackRecord => {
    return { type: 'stack', id, pid: PID, timeNs: 0, cut: false, addresses: [5000], python: [] };
  };
  const reader = await readerOf(
    [
      mapped('/lib/old.so'),
      stack(1),
      process('exit', { timeNs: 10 }),
      process('fork', { timeNs: 20 }),
      stack(2),
    ],
    { resolver, stacks: true },
  );
  const modules = reader.select<{ module: string | null }>('trace_stacks', 'ORDER BY stack');
  expect(modules.map(({ module }) => module)).toEqual(['/lib/old.so', null]);
});
