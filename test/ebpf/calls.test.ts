import { describe, expect, test } from 'vitest';
import { bucketRange } from '../../src/trace/record/types.ts';
import { startProgram, trace } from './support/start.ts';

const runtimeToDriver = [
  ['cudaMalloc', 'cuMemAlloc_v2'],
  ['cudaMemcpy', 'cuMemcpyHtoD_v2'],
  ['cudaLaunchKernel', 'cuLaunchKernel'],
  ['cudaFree', 'cuMemFree_v2'],
] as const;

describe.each([
  { way: 'uprobe_multi', options: [] },
  { way: 'perf events', options: ['--perf'] },
])('calls, by $way', ({ options }) => {
  test('every call of every thread is recorded once, driver calls inside their runtime call', async () => {
    await using program = await startProgram(['work', 300, 4]);
    await using tracer = await trace(program, '--all', ...options);
    await program.finish();
    expect(await tracer.stop()).toEqual({ exitCode: 0 });

    const [meta] = tracer.of('meta');
    expect(meta).toMatchObject({ uprobeMulti: options.length === 0, host: true });
    expect(Math.abs(Date.now() - Number(meta!.startedAtUnixNs / 1_000_000n))).toBeLessThan(60_000);
    expect(new Set(tracer.calls('cudaMalloc').map(call => call.tid)).size).toBe(4);
    for (const [outer, inner] of runtimeToDriver) {
      const outside = tracer.calls(outer);
      const inside = tracer.calls(inner);
      expect([outside.length, inside.length]).toEqual([1200, 1200]);
      const parents = new Map(outside.map(call => [`${call.tid} ${call.startNs}`, call]));
      expect(parents.size).toBe(1200);
      for (const call of inside) {
        const parent = parents.get(`${call.tid} ${call.parentStartNs}`)!;
        expect(call).toMatchObject({ depth: 1, parentFunction: tracer.function(outer).id });
        expect(parent).toMatchObject({ depth: 0, nestedNs: call.durationNs });
        expect(call.startNs + call.durationNs).toBeLessThanOrEqual(parent.startNs + parent.durationNs);
      }
    }
    expect(tracer.calls('cudaStreamSynchronize')).toHaveLength(1200);
    expect(tracer.of('call')).toHaveLength(9 * 1200);
    expect(
      ['calls', 'host', 'state', 'queue', 'aggregates', 'unmatched'].map(name =>
        tracer.lost(name as 'calls'),
      ),
    ).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('histograms add up to the calls, and each call is in its bucket', async () => {
    await using program = await startProgram(['work', 200, 2]);
    await using tracer = await trace(program, '--all', ...options);
    await program.finish();
    await tracer.stop();

    for (const name of runtimeToDriver.flat()) {
      const calls = tracer.calls(name);
      const [total, ...others] = tracer.aggregates(name);
      expect(others).toEqual([]);
      expect(total).toMatchObject({
        count: 400,
        nested: name.startsWith('cu') && !name.startsWith('cuda'),
        sumNs: calls.reduce((sum, call) => sum + call.durationNs, 0),
        maxNs: Math.max(...calls.map(call => call.durationNs)),
        bytes: calls.reduce((sum, call) => sum + call.sizeBytes, 0),
        errors: 0,
      });
      for (const [bucket, count] of total!.buckets) {
        const { from, to } = bucketRange(bucket);
        expect(calls.filter(call => call.durationNs >= from && call.durationNs < to)).toHaveLength(count);
      }
    }
  });
});

test('sizes, kinds, streams, addresses, dimensions and results are those of the call', async () => {
  await using program = await startProgram(['arguments']);
  await using tracer = await trace(program, '--all');
  await program.finish();
  await tracer.stop();

  expect(tracer.calls('cudaMalloc')).toMatchObject([
    { sizeBytes: 0, result: 2, failed: true, first: true, address: 0 },
    { sizeBytes: 1 << 20, result: 0, failed: false, first: false, address: 0x7f0000000000 + (1 << 20) },
  ]);
  expect(tracer.aggregates('cudaMalloc')).toMatchObject([{ errors: 1, count: 2 }]);
  expect(tracer.calls('cudaMemcpy')).toMatchObject([{ sizeBytes: 4096, copyKind: 'device-to-host' }]);
  expect(tracer.calls('cudaMemcpyAsync')).toMatchObject([
    { sizeBytes: 8192, copyKind: 'host-to-device', stream: 0x66 },
  ]);
  expect(tracer.calls('cudaMemcpy2DAsync')).toMatchObject([
    { sizeBytes: 2000, copyKind: 'device-to-device', stream: 0x67 },
  ]);
  const [launch] = tracer.calls('cudaLaunchKernel');
  expect(launch).toMatchObject({ grid: [3, 4, 5], block: [32, 2, 1], stream: 0x77 });
  expect(tracer.calls('cuLaunchKernel')).toMatchObject([
    { grid: [3, 4, 5], block: [32, 2, 1], stream: 0x77, address: launch!.address },
  ]);
  expect(tracer.calls('cuLaunchKernelEx')).toMatchObject([
    { grid: [7, 8, 9], block: [64, 1, 2], stream: 0x55, address: 0x1234, depth: 0 },
  ]);
  expect(tracer.calls('cuMemsetD32_v2')).toMatchObject([{ sizeBytes: 1000 }]);
  expect(tracer.calls('cuStreamSynchronize')).toMatchObject([{ stream: 0x88 }]);
  expect(tracer.calls('cudaEventQuery')).toMatchObject([{ result: 600, failed: false, address: 0x99 }]);
});

test('only slow, first and failed calls are sent by default; durations are those of the stub; all are counted', async () => {
  const env = { STUB_cudaMemcpy_US: '3000', STUB_cuMemcpyHtoD_v2_US: '2000', STUB_SLEEP: '1' };
  await using program = await startProgram(['work', 20, 1], { env });
  await using tracer = await trace(program, '--min-duration-us', '1500');
  await program.finish();
  await tracer.stop();

  const copies = tracer.calls('cudaMemcpy');
  expect(copies).toHaveLength(20);
  for (const copy of copies) {
    expect(copy.nestedNs).toBeGreaterThanOrEqual(2_000_000);
    expect(copy.durationNs - copy.nestedNs).toBeGreaterThanOrEqual(3_000_000);
  }
  expect(Math.min(...copies.map(copy => copy.durationNs))).toBeLessThan(15_000_000);
  expect(tracer.calls('cudaStreamSynchronize').filter(call => call.durationNs < 1_500_000)).toMatchObject([
    { first: true },
  ]);
  expect(tracer.counted('cudaStreamSynchronize')).toBe(20);
  expect(tracer.counted('cudaMemcpy')).toBe(20);
});

test('what a full ring cannot take is counted to the last call', async () => {
  await using program = await startProgram(['flood', 20_000, 2]);
  await using tracer = await trace(program, '--all', '--ring-bytes', '4096');
  await program.finish();
  await tracer.stop();

  const sent = tracer.calls('cudaEventRecord').length;
  expect(tracer.lost('calls')).toBeGreaterThan(0);
  expect(sent).toBeGreaterThan(0);
  expect(sent + tracer.lost('calls')).toBe(40_000);
  expect(tracer.counted('cudaEventRecord')).toBe(40_000);
});

test('what a reader that stands still makes it lose is counted too, and totals still come', async () => {
  await using program = await startProgram(['flood', 300_000, 2]);
  await using tracer = await trace(program, '--all', '--no-host');
  tracer.pause();
  await program.finish();
  await tracer.stop();

  const sent = tracer.calls('cudaEventRecord').length;
  expect(tracer.lost('queue')).toBeGreaterThan(0);
  expect(sent + tracer.lost('calls') + tracer.lost('queue')).toBe(600_000);
  expect(tracer.counted('cudaEventRecord')).toBe(600_000);
  expect(tracer.of('end')).toMatchObject([{ reason: 'parent' }]);
});
