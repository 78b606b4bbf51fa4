import { expect, test } from 'vitest';
import { startProgram, startTracer } from './support/start.ts';

test('collectives have their bytes, type, communicator, stream and rank, whichever name they are called by', async () => {
  const env = { STUB_ncclAllReduce_US: '2000' };
  await using program = await startProgram([3], { name: 'program-nccl', env });
  await using tracer = startTracer('--pid', String(program.pid));
  await tracer.attached('libnccl.so.2');
  await program.finish();
  await tracer.stop();

  expect(tracer.of('library').find(library => library.kind === 'nccl')).toMatchObject({ probes: 7 });
  const communicator = 0xc002;
  const reductions = tracer.calls('ncclAllReduce');
  expect(reductions).toHaveLength(6);
  expect(reductions[0]).toMatchObject({
    ...{ sizeBytes: 2000, dataType: 6, address: communicator, stream: 0x77, peer: undefined, depth: 0 },
  });
  expect(reductions[1]).toMatchObject({ sizeBytes: 4000, dataType: 8 });
  expect(reductions[0]!.durationNs).toBeGreaterThanOrEqual(2_000_000);
  expect(tracer.calls('ncclReduce')[0]).toMatchObject({ sizeBytes: 40, dataType: 7, peer: 3 });
  expect(tracer.calls('ncclSend')[2]).toMatchObject({ sizeBytes: 64, dataType: 0, peer: 1 });
  expect(tracer.calls('ncclCommInitRank')).toMatchObject([{ address: communicator, peer: 2 }]);
  expect(tracer.calls('ncclGroupEnd')).toMatchObject([0, 1, 2].map(() => ({ result: 7, failed: false })));
  expect(tracer.calls('ncclCommDestroy')).toMatchObject([{ address: communicator }]);
  expect(tracer.counted('ncclGroupStart')).toBe(3);
  expect(tracer.function('ncclAllReduce')).toMatchObject({ layer: 'nccl', class: 'collective' });
});

test('without NCCL nothing of it is recorded', async () => {
  await using program = await startProgram([3], { name: 'program-nccl' });
  await using tracer = startTracer('--pid', String(program.pid), '--no-nccl', '--all');
  await tracer.following(program.pid);
  await program.finish();
  await program.end();
  expect(await tracer.ended()).toEqual({ exitCode: 3 });
  expect(tracer.of('call')).toEqual([]);
  expect(tracer.of('library')).toEqual([]);
});
