import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recordKernel } from './support/kernel.ts';

const BLOCK = 65_536;

test.each([
  ['write', 1],
  ['read', 0],
])('a %s past the page cache is an event with its bytes, its disk and its time', async (what, code) => {
  const folder = mkdtempSync(join(tmpdir(), 'kv-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  if (what === 'read') {
    await using filling = await recordKernel(['write', file, 8]);
    await filling.program.finish();
  }
  await using recorded = await recordKernel([what, file, 8]);
  const { program, tracer } = recorded;
  await program.finish();
  await tracer.stop();

  const { pid } = program;
  const all = tracer.of('event').filter(event => event.kind === 'block-io');
  expect(all.every(event => event.pid === pid && event.comm === 'kernel')).toBe(true);
  const moved = all.filter(event => event.code === code && event.sizeBytes >= BLOCK);
  expect(moved.reduce((sum, event) => sum + event.sizeBytes, 0)).toBe(8 * BLOCK);
  for (const { tid, durationNs, address, disk } of moved) {
    expect(tid).toBe(pid);
    expect(durationNs).toBeGreaterThan(1000);
    expect(address).toBeGreaterThan(0);
    expect(existsSync(`/sys/dev/block/${disk}`)).toBe(true);
  }
  const [total] = tracer.aggregates('block_io', pid);
  expect(total!.count).toBe(all.length);
  expect(total!.bytes).toBe(all.reduce((sum, event) => sum + event.sizeBytes, 0));
  expect(total!.sumNs).toBe(all.reduce((sum, event) => sum + event.durationNs, 0));
});

test('a thread that waits for the disk is off CPU in its system call while its request is on the way', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kv-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using recorded = await recordKernel(['write', join(folder, 'file'), 4]);
  const { program, tracer } = recorded;
  await program.finish();
  await tracer.stop();

  const waits = tracer.of('off-cpu').filter(off => off.state === 2 && off.ioWait && off.syscall === 18);
  const requests = tracer.of('event').filter(event => event.kind === 'block-io');
  const during = waits.filter(wait =>
    requests.some(({ startNs, durationNs }) => startNs < wait.startNs && startNs + durationNs > wait.startNs),
  );
  expect(during.length).toBeGreaterThan(0);
});
