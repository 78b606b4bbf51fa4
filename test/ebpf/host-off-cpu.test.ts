import { expect, test } from 'vitest';
import { recordKernel } from './support/kernel.ts';
import { startProgram, trace } from './support/start.ts';

const TURNS = 500;

test('short stretches off CPU are counted, and not sent', async () => {
  await using recorded = await recordKernel(['switches', '-', TURNS], '--min-off-cpu-us', '1000000');
  const { program, tracer } = recorded;
  await program.finish();
  await tracer.stop();

  const counted = tracer.aggregates('sched_switch', program.pid);
  expect(counted).toHaveLength(1);
  // Now and then one thread is back before the other has left.
  expect(counted[0]!.count).toBeGreaterThan(1.9 * TURNS);
  expect(counted[0]!.sumNs).toBeGreaterThan(0);
  const closed = tracer.of('off-cpu').filter(off => !off.open);
  expect(closed.every(off => off.endNs - off.startNs >= 1e9)).toBe(true);
});

test('the counts and the sent stretches agree when all are sent', async () => {
  await using recorded = await recordKernel(['switches', '-', TURNS], '--min-off-cpu-us', '0');
  const { program, tracer } = recorded;
  await program.finish();
  await tracer.stop();

  const closed = tracer.of('off-cpu').filter(off => !off.open);
  const [total] = tracer.aggregates('sched_switch', program.pid);
  expect(tracer.lost('host')).toBe(0);
  expect(total!.count).toBe(closed.length);
  expect(total!.sumNs).toBe(closed.reduce((sum, off) => sum + off.endNs - off.startNs, 0));
});

test('a stretch inside a call is sent however short', async () => {
  const env = { STUB_cudaMalloc_US: '2000', STUB_SLEEP: '1' };
  await using program = await startProgram(['work', 5, 1], { env });
  await using tracer = await trace(program, '--all', '--min-off-cpu-us', '1000000');
  await program.finish();
  await tracer.stop();

  const stretches = tracer.of('off-cpu').filter(off => !off.open);
  for (const call of tracer.calls('cudaMalloc')) {
    const inside = stretches.filter(
      off =>
        off.tid === call.tid && off.startNs >= call.startNs && off.endNs <= call.startNs + call.durationNs,
    );
    expect(inside.some(off => off.inCall && off.endNs - off.startNs >= 2_000_000)).toBe(true);
  }
});

test('--no-host leaves all of it out', async () => {
  await using recorded = await recordKernel(['switches', '-', TURNS], '--no-host');
  const { program, tracer } = recorded;
  await program.finish();
  await tracer.stop();

  expect(tracer.of('meta')).toMatchObject([{ host: false }]);
  const rest = tracer.records.filter(({ type }) => ['off-cpu', 'event', 'aggregate'].includes(type));
  expect(rest).toEqual([]);
});
