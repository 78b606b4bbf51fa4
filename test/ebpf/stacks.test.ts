import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { CallRecord } from '../../src/trace/record/types.ts';
import { builtFile, startProgram, startTracer, trace } from './support/start.ts';
import { symbolAt } from './support/symbol.ts';
import type { Tracer } from './support/tracer.ts';

const stackOf = (tracer: Tracer, call: CallRecord) =>
  tracer.of('stack').find(stack => stack.id === call.stack)!;

const names = (tracer: Tracer, call: CallRecord) =>
  stackOf(tracer, call).addresses.map(address => symbolAt(tracer, call.pid, address));

test.each([
  { way: 'uprobe_multi', options: [] },
  { way: 'perf events', options: ['--perf'] },
])('a call that is sent has the frames it was made from, by $way', async ({ options }) => {
  await using program = await startProgram(['nest', 2, 3]);
  await using tracer = await trace(program, '--all', '--stacks', ...options);
  await program.finish();
  await tracer.stop();

  const calls = tracer.calls('cudaMalloc');
  expect(calls).toHaveLength(6);
  expect(names(tracer, calls[0]!).slice(0, 6)).toEqual([
    ...['nest', 'nest', 'nest', 'allocate_here', 'nest_twice', 'main'],
  ]);
  expect(names(tracer, calls[1]!).slice(3, 5)).toEqual(['allocate_there', 'nest_twice']);
  expect(calls.map(call => call.stack)).toEqual([0, 1, 2].flatMap(() => [calls[0]!.stack, calls[1]!.stack]));
  const [inner] = tracer.calls('cuMemAlloc_v2');
  expect(names(tracer, inner!).slice(0, 5)).toEqual(['cudaMalloc', 'nest', 'nest', 'nest', 'allocate_here']);
  expect(tracer.lost('stacks')).toBe(0);
});

test('a stack comes once, before the calls that have it, and after the mappings it lies in', async () => {
  await using program = await startProgram(['work', 200, 3]);
  await using tracer = await trace(program, '--all', '--stacks');
  await program.finish();
  await tracer.stop();

  const at = (fits: (record: Tracer['records'][number]) => boolean) => tracer.records.findIndex(fits);
  const stacks = tracer.of('stack');
  expect(new Set(stacks.map(stack => stack.addresses.join())).size).toBe(stacks.length);
  for (const stack of stacks) {
    const first = at(record => record.type === 'call' && record.stack === stack.id);
    expect(at(record => record === stack)).toBeLessThan(first);
  }
  expect(at(record => record.type === 'mapping')).toBeLessThan(at(record => record.type === 'stack'));
  expect(tracer.of('call').every(call => call.stack > 0)).toBe(true);
  expect(stacks.length).toBeLessThan(30);
});

test('a stack deeper than is recorded is cut at the outer end, and says so', async () => {
  await using program = await startProgram(['nest', 100, 1]);
  await using tracer = await trace(program, '--all', '--stacks');
  await program.finish();
  await tracer.stop();

  const stack = stackOf(tracer, tracer.calls('cudaMalloc')[0]!);
  expect(stack).toMatchObject({ cut: true });
  expect(stack.addresses).toHaveLength(64);
});

test('mappings tell where a kernel function lies and which file it is, also without stacks', async () => {
  await using program = await startProgram(['work', 1, 1]);
  await using tracer = await trace(program);
  await program.finish();
  await tracer.stop();

  const [launch] = tracer.calls('cudaLaunchKernel');
  expect(symbolAt(tracer, program.pid, launch!.address)).toBe('kernel');
  const file = builtFile('program');
  const notes = spawnSync('readelf', ['-n', file], { encoding: 'utf8' }).stdout;
  const mapping = tracer.of('mapping').find(each => each.path === file);
  expect(mapping!.buildId).toBe(/Build ID: (\w+)/.exec(notes)![1]);
  expect(tracer.of('stack')).toEqual([]);
  expect(launch!.stack).toBe(0);
  const firstCall = tracer.records.findIndex(record => record.type === 'call');
  expect(tracer.records.findIndex(record => record.type === 'mapping')).toBeLessThan(firstCall);
});

test('a program that becomes another is described anew', async () => {
  await using program = await startProgram(['exec', 4]);
  await using tracer = await trace(program, '--all', '--stacks');
  program.go();
  await tracer.until('process', process => process.change === 'exec');
  expect(await program.line()).toMatch(/^ready/);
  await program.finish();
  await tracer.stop();

  const [call] = tracer.calls('cudaMalloc', program.pid);
  expect(names(tracer, call!)[0]).toBe('work');
});

test('code that is loaded later is told of when a call comes from it', async () => {
  await using late = await startProgram(['late', 2, builtFile('libcudart.so.13')], { name: 'program-late' });
  const library = ['--library', builtFile('libcudart.so.13')];
  await using tracer = startTracer('--pid', String(late.pid), '--all', '--stacks', ...library);
  await tracer.attached('libcudart.so.13');
  late.go();
  expect(await late.line()).toMatch(/^loaded/);
  await tracer.attached('libcuda.so.1');
  await late.finish();
  await tracer.stop();

  const [inner] = tracer.calls('cuMemAlloc_v2');
  expect(names(tracer, inner!).slice(0, 2)).toEqual(['cudaMalloc', 'load_late']);
});
