import { expect, test } from 'vitest';
import { recordKernel } from './support/kernel.ts';

test('a packet that is dropped, and sent again, is told of with its connection and the reason', async () => {
  await using recorded = await recordKernel(['tcp', '127.0.0.1']);
  const { program, tracer } = recorded;
  const { pid } = program;
  program.go();
  const [, serverPort, , clientPort] = (await program.line()).split(' ');
  const drop = await tracer.until('event', event => event.kind === 'tcp-drop');
  const again = await tracer.until('event', event => event.kind === 'tcp-retransmit');
  await program.finish();
  await tracer.stop();

  expect(drop).toMatchObject({ pid, comm: 'kernel', remote: `127.0.0.1:${clientPort}` });
  expect(drop.code).toBeGreaterThan(1);
  expect(again).toMatchObject({ pid, comm: 'kernel', remote: `127.0.0.1:${serverPort}` });
  expect(drop.startNs).toBeLessThan(again.startNs);
  for (const [name, kind] of [
    ['tcp_drop', 'tcp-drop'],
    ['tcp_retransmit', 'tcp-retransmit'],
  ] as const)
    expect(tracer.counted(name, pid)).toBe(tracer.of('event').filter(event => event.kind === kind).length);
});
