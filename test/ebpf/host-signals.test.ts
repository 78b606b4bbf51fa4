import { expect, test } from 'vitest';
import { recordKernel } from './support/kernel.ts';

const SIGUSR1 = 10;
const SIGWINCH = 28;

test('a signal is an event with its number and its sender, and one that is ignored is none', async () => {
  await using recorded = await recordKernel(['signals']);
  const { program, tracer } = recorded;
  const { pid } = program;
  program.go();
  process.kill(pid, 'SIGWINCH');
  process.kill(pid, 'SIGUSR1');
  const signal = await tracer.until('event', event => event.kind === 'signal');
  await program.finish();
  await tracer.stop();

  expect(signal).toMatchObject({
    pid,
    tid: pid,
    comm: 'kernel',
    code: SIGUSR1,
    other: process.pid,
    durationNs: 0,
  });
  expect(tracer.of('event').some(event => event.code === SIGWINCH)).toBe(false);
  expect(tracer.counted('signal', pid)).toBe(
    tracer.of('event').filter(event => event.kind === 'signal').length,
  );
});
