import { expect, test } from 'vitest';
import { Group } from './support/group.ts';
import { startProgram, startTracer } from './support/start.ts';

test('all processes of a control group are recorded, and who joins it or a group below it later', async () => {
  await using group = new Group(`/kv-test-${process.pid}`);
  await using below = new Group(`${group.path}/below`);
  await using early = await startProgram(['work', 5, 1]);
  await using late = await startProgram(['work', 6, 1]);
  await using outside = await startProgram(['work', 7, 1]);
  group.add(early.pid);
  await using tracer = startTracer('--cgroup', group.path, '--all');
  await tracer.attached('libcudart.so.13');
  await tracer.following(early.pid);
  below.add(late.pid);
  await tracer.following(late.pid);
  for (const program of [early, late, outside]) {
    await program.finish();
    await program.end();
  }
  // The group may be filled again, so the tracer stays.
  await tracer.stop();

  expect(tracer.of('meta')).toMatchObject([{ onlyTargets: true }]);
  expect(tracer.calls('cudaMalloc', early.pid)).toHaveLength(5);
  expect(tracer.calls('cudaMalloc', late.pid)).toHaveLength(6);
  expect(tracer.calls('cudaMalloc', outside.pid)).toEqual([]);
  expect(tracer.of('end')).toMatchObject([{ reason: 'parent' }]);
});

test('a control group that is removed ends the trace', async () => {
  const group = new Group(`/kv-test-gone-${process.pid}`);
  await using program = await startProgram(['work', 5, 1]);
  group.add(program.pid);
  await using tracer = startTracer('--cgroup', group.path, '--all');
  await tracer.attached('libcudart.so.13');
  await program.finish();
  await program.end();
  await group[Symbol.asyncDispose]();
  expect(await tracer.ended()).toEqual({ exitCode: 0 });
  expect(tracer.of('end')).toMatchObject([{ reason: 'targets' }]);
});

test('a control group that does not exist is named', async () => {
  await using tracer = startTracer('--cgroup', '/kv-test-no-such-group');
  expect(await tracer.ended()).toEqual({ exitCode: 2 });
  expect(tracer.stderr).toContain('there is no control group /kv-test-no-such-group');
});
