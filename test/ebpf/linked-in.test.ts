import { expect, test } from 'vitest';
import { builtFile, startProgram, startTracer, trace } from './support/start.ts';

test('a stripped program with CUDA linked in is said to be one, and its driver calls are recorded', async () => {
  await using program = await startProgram(['work', 5, 1], { name: 'program-stripped-static' });
  await using tracer = startTracer('--pid', String(program.pid), '--all');
  const found = await tracer.until('library', library => library.path.endsWith('program-stripped-static'));
  expect(found).toMatchObject({ kind: 'executable', status: 'stripped', probes: 0 });
  expect(found.message).toContain('build it without -s');
  await tracer.attached('libcuda.so.1');
  await program.finish();
  await tracer.stop();

  expect(tracer.calls('cuMemAlloc_v2').map(call => call.depth)).toEqual([0, 0, 0, 0, 0]);
});

test('a stripped program that uses a library of CUDA is nothing to speak of', async () => {
  await using program = await startProgram(['work', 5, 1], { name: 'program-stripped' });
  await using tracer = await trace(program, '--all');
  await program.finish();
  await tracer.stop();

  expect(
    tracer
      .of('library')
      .map(library => library.kind)
      .toSorted(),
  ).toEqual(['driver', 'runtime']);
  expect(tracer.calls('cudaMalloc')).toHaveLength(5);
});

test("a library of other people's that has CUDA's runtime linked into it is probed too", async () => {
  await using program = await startProgram(['late', 3, builtFile('libplugin.so')], { name: 'program-late' });
  await using tracer = startTracer('--pid', String(program.pid), '--all');
  await tracer.following(program.pid);
  program.go();
  expect(await program.line()).toMatch(/^loaded/);
  await tracer.attached('libcuda.so.1');
  await tracer.attached('libplugin.so');
  await program.finish();
  await tracer.stop();

  expect(tracer.calls('cudaMalloc')).toHaveLength(3);
  expect(tracer.calls('cuMemAlloc_v2').map(call => call.depth)).toEqual([1, 1, 1]);
});
