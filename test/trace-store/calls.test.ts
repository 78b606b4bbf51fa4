import { expect, it } from 'vitest';
import { functionStats, memoryReport, openTrace } from '../../src/trace/index.ts';
import { ModuleResolver } from '../../src/trace/store/index.ts';
import { call, nested, PID, process, writeFile } from './records.ts';

type Call = Record<string, unknown>;

async function read(records: Parameters<typeof writeFile>[0], options?: Parameters<typeof writeFile>[1]) {
  return openTrace(writeFile(records, options).path);
}

const callsOf = async (...records: Parameters<typeof writeFile>[0]) =>
  (await read(records)).select<Call>('trace_calls', 'ORDER BY start');

it('sorts functions by what they are for, and never takes a wait of the host for one that is none', async () => {
  const names = ['cudaMalloc', 'cudaFree', 'cudaMemGetInfo', 'cudaMemcpyAsync', 'cudaMemsetAsync'];
  const more = [
    'cudaStreamSynchronize',
    'cudaEventRecord',
    'cudaHostAlloc',
    'ncclAllReduce',
    'cudaLaunchKernel',
  ];
  const calls = await callsOf(...[...names, ...more].map((name, at) => call(name, at * 10)));
  expect(calls.map(({ fn, kind }) => [fn, kind])).toEqual([
    ['cudaMalloc', 'alloc'],
    ['cudaFree', 'free'],
    ['cudaMemGetInfo', 'other'],
    ['cudaMemcpyAsync', 'copy'],
    ['cudaMemsetAsync', 'other'],
    ['cudaStreamSynchronize', 'sync'],
    ['cudaEventRecord', 'stream'],
    ['cudaHostAlloc', 'alloc'],
    ['ncclAllReduce', 'collective'],
    ['cudaLaunchKernel', 'launch'],
  ]);
});

it('keeps sizes, directions, streams, devices, results and flags', async () => {
  const calls = await callsOf(
    call('cudaMemcpyAsync', 10, { sizeBytes: 4096, copyKind: 'host-to-device', stream: 0x7f01, device: 1 }),
    call('cudaMemcpyAsync', 20, { copyKind: 'default', stream: 0x7f02, first: true }),
    call('cudaMemcpyAsync', 30, { pid: 200, tid: 200, stream: 0x7f01, sampled: true }),
    call('cudaLaunchKernel', 40, { result: 700, failed: true }),
    call('cudaMemGetInfo', 50),
  );
  expect(calls).toMatchObject([
    { bytes: 4096, direction: 'HtoD', stream: 1, device: 1, ret: 0, flags: 0 },
    { bytes: null, direction: null, stream: 2, device: null, flags: 1 },
    { pid: 200, tid: 200, stream: 3, flags: 4 },
    { stream: 0, ret: 700, flags: 2 },
    { stream: null },
  ]);
});

it('joins nested calls with the call around them, which ends after they do', async () => {
  const calls = await callsOf(
    nested('cuMemAlloc_v2', 101, 100),
    nested('cuLaunchKernel', 150, 100, { depth: 1 }),
    call('cudaMalloc', 100, { durationNs: 90 }),
    nested('cuLaunchKernel', 201, 200, { tid: 101 }),
    call('cudaLaunchKernel', 300),
  );
  const [outer, first, second, orphan, alone] = calls as [Call, Call, Call, Call, Call];
  expect([first['parent'], second['parent']]).toEqual([outer['id'], outer['id']]);
  expect(outer['parent']).toBeNull();
  // The call around it was never sent: it stays nested, in a call that is not in the file.
  expect(orphan['parent']).not.toBeNull();
  expect(calls.map(each => each['id'])).not.toContain(orphan['parent']);
  expect(alone['parent']).toBeNull();
});

it('joins them though a batch was written in between', async () => {
  const many = Array.from({ length: 10_000 }, (_, at) => call('cudaLaunchKernel', 2_000 + at * 10));
  const reader = await read([
    nested('cuMemAlloc_v2', 1_001, 1_000),
    ...many,
    call('cudaMalloc', 1_000, { durationNs: 1e6 }),
  ]);
  const [inner] = reader.select<Call>('trace_calls', `WHERE fn = 'cuMemAlloc_v2'`);
  const [outer] = reader.select<Call>('trace_calls', `WHERE fn = 'cudaMalloc'`);
  expect(inner!['parent']).toBe(outer!['id']);
  expect(reader.info.calls).toBe(10_002);
});

it('knows what a free gives back, once a layer, and that a failed call gives nothing', async () => {
  const memory = { address: 0x7f00, sizeBytes: 1 << 20 };
  const reader = await read([
    nested('cuMemAlloc_v2', 11, 10, memory),
    call('cudaMalloc', 10, memory),
    call('cudaFree', 20, { address: 0x7f00, failed: true, result: 1 }),
    nested('cuMemFree_v2', 31, 30, { address: 0x7f00 }),
    call('cudaFree', 30, { address: 0x7f00 }),
    call('cudaFree', 40, { address: 0x7f00 }),
    call('cudaMalloc', 50, { ...memory, failed: true, result: 2 }),
    call('cudaFree', 60, { address: 0x7f00, pid: 200, tid: 200 }),
  ]);
  const frees = reader.select<Call>('trace_calls', `WHERE kind = 'free' ORDER BY start`);
  const id = (fn: string) => reader.select<Call>('trace_calls', `WHERE fn = '${fn}' LIMIT 1`)[0]!['id'];
  expect(frees.map(({ bytes, pair }) => [bytes, pair])).toEqual([
    [null, null],
    [1 << 20, id('cudaMalloc')],
    [1 << 20, id('cuMemAlloc_v2')],
    [null, null],
    [null, null],
  ]);
});

it('gives no memory of a process that has ended to its successor', async () => {
  const reader = await read([
    call('cudaMalloc', 10, { address: 0x7f00, sizeBytes: 64 }),
    process('exit', { timeNs: 1e9 }),
    ...Array.from({ length: 10_000 }, (_, at) => call('cudaLaunchKernel', 7e9 + at, { pid: 300, tid: 300 })),
    process('fork', { timeNs: 8e9 }),
    call('cudaFree', 9e9, { address: 0x7f00 }),
  ]);
  expect(reader.select<Call>('trace_calls', `WHERE kind = 'free'`)).toMatchObject([
    { bytes: null, pair: null },
  ]);
});

it('numbers communicators, and keeps the peer', async () => {
  const calls = await callsOf(
    call('ncclAllReduce', 10, { address: 0xa0, sizeBytes: 64, peer: 3 }),
    call('ncclAllReduce', 20, { address: 0xb0 }),
    call('ncclAllReduce', 30, { address: 0xa0 }),
    call('ncclCommInitRank', 40, { address: 0xb0, peer: 0 }),
  );
  expect(calls.map(({ comm, peer }) => [comm, peer])).toEqual([
    [1, 3],
    [2, null],
    [1, null],
    [2, 0],
  ]);
});

it('names the kernel of a launch, and the frames of a stack', async () => {
  class NamedByHand extends ModuleResolver {
    override resolve(pid: number, address: number) {
      if (address === 0x500) return { kind: 'native' as const, name: '_PyEval_EvalFrameDefault' };
      return address === 0x400
        ? { kind: 'native' as const, name: 'gemm\u001b[31m' }
        : super.resolve(pid, address);
    }
  }
  const stack = {
    type: 'stack',
    id: 7,
    pid: PID,
    timeNs: 0,
    cut: true,
    python: [{ code: 1, line: 12 }],
  } as const;
  const mapped = { type: 'mapping', pid: PID, timeNs: 0, device: 1, inode: 2, buildId: '' } as const;
  const reader = await read(
    [
      { ...mapped, start: 0x1000, end: 0x2000, offset: 0x800, path: '/usr/lib/libtorch.so' },
      { type: 'code', id: 1, pid: PID, firstLine: 10, name: 'Trainer.step', file: '/app/train.py' },
      { ...stack, addresses: [0x1011, 0x501, 0x501, 0x1021] },
      call('cudaLaunchKernel', 10, { address: 0x400, stack: 7 }),
    ],
    { resolver: new NamedByHand() },
  );
  expect(reader.select('trace_calls')).toMatchObject([{ kernel: 'gemm', stack: 1 }]);
  expect(reader.select('trace_stacks', 'ORDER BY depth')).toMatchObject([
    { kind: 'native', name: null, module: '/usr/lib/libtorch.so', offset: 0x810, cut: 1 },
    { kind: 'python', name: 'Trainer.step', module: '/app/train.py', line: 12 },
    { kind: 'native', module: '/usr/lib/libtorch.so', offset: 0x820 },
  ]);
});

it('sums rows as the rows themselves do', async () => {
  const calls = Array.from({ length: 2_000 }, (_, at) =>
    call('cudaLaunchKernel', at * 10_000, { durationNs: 5_000 + ((at * 7919) % 9_000) }),
  );
  const reader = await read([call('cudaMalloc', 5, { address: 1, sizeBytes: 64 }), ...calls]);
  const [launches] = functionStats(reader);
  const [windowed] = functionStats(reader, { fromMs: 0, toMs: 1e9 });
  expect(launches).toMatchObject({ fn: 'cudaLaunchKernel', calls: 2_000, totalMs: windowed!.totalMs });
  expect(Math.abs(launches!.p99Ms / windowed!.p99Ms - 1)).toBeLessThan(0.001);
  expect(memoryReport(reader).processes).toMatchObject([{ allocations: 1, allocatedBytes: 64 }]);
});
