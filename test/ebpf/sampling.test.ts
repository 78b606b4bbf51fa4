import { expect, test } from 'vitest';
import { startProgram, trace } from './support/start.ts';

const nothingIsSlow = ['--min-duration-us', '10000000'];

test('what memory is reckoned from is sent however short; other short calls are counted', async () => {
  await using program = await startProgram(['work', 100, 1]);
  await using tracer = await trace(program, ...nothingIsSlow);
  await program.finish();
  await tracer.stop();

  for (const name of ['cudaMalloc', 'cuMemAlloc_v2', 'cudaFree', 'cuMemFree_v2'])
    expect(tracer.calls(name)).toHaveLength(100);
  for (const name of ['cudaMemcpy', 'cudaLaunchKernel', 'cudaStreamSynchronize']) {
    expect(tracer.calls(name)).toMatchObject([{ first: true }]);
    expect(tracer.counted(name)).toBe(100);
  }
});

test('of short calls each nth of a function is sent as a sample, with the calls around it', async () => {
  await using program = await startProgram(['work', 100, 1]);
  await using tracer = await trace(program, ...nothingIsSlow, '--sample', '7');
  await program.finish();
  await tracer.stop();

  const samples = tracer.calls('cudaStreamSynchronize').filter(call => call.sampled);
  // The first is sent as the first.
  expect(samples).toHaveLength(Math.floor(99 / 7));
  expect(tracer.calls('cudaStreamSynchronize')).toHaveLength(samples.length + 1);
  expect(tracer.calls('cuMemcpyHtoD_v2').filter(call => call.sampled)).toHaveLength(14);
  expect(tracer.calls('cudaMalloc').some(call => call.sampled)).toBe(false);
  const sent = new Set(tracer.of('call').map(call => `${call.tid} ${call.startNs}`));
  const nested = tracer.of('call').filter(call => call.depth > 0);
  expect(nested.length).toBeGreaterThan(200);
  for (const call of nested) expect(sent).toContain(`${call.tid} ${call.parentStartNs}`);
});

test('a call carries the device that its thread had chosen, by number or by context', async () => {
  await using program = await startProgram(['devices']);
  await using tracer = await trace(program, ...nothingIsSlow);
  await program.finish();
  await tracer.stop();

  const devices = (name: string) => tracer.calls(name).map(call => [call.sizeBytes, call.device]);
  expect(devices('cudaMalloc')).toEqual([
    [100, 1],
    [1, undefined],
  ]);
  expect(devices('cuMemAlloc_v2')).toEqual([
    [100, 1],
    [300, 3],
    [100, 1],
    [1, undefined],
  ]);
  // Sent when it changes something, and counted always.
  expect(tracer.calls('cudaSetDevice')).toMatchObject([{ device: 1 }]);
  expect(tracer.counted('cudaSetDevice')).toBe(2);
});
