import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from './support/start.ts';
import { Tracer } from './support/tracer.ts';

const root = new URL('../..', import.meta.url).pathname;

/** A helper whose programs this kernel does not all take: one wants what no kernel has, one is refused as unsafe. */
function helperOfAnotherKernel(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kv-left-out-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const part of ['bpf', 'native']) cpSync(join(root, part), join(folder, part), { recursive: true });
  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(join(folder, 'bpf', file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(folder, 'bpf', file), text.replace(from, to));
  };
  change('block.bpf.c', 'tp_btf/block_rq_merge', 'tp_btf/no_such_merge');
  change('host.bpf.c', 'fault->address = address;', 'fault->address = *(volatile __u64 *)address;');
  execFileSync('make', ['--silent', '-C', join(folder, 'native'), `OUT=${join(folder, 'out')}`]);
  return join(folder, 'out', 'kv-tracer');
}

test('what a kernel does not take is left out and told of, and the rest is recorded', {
  timeout: 180_000,
}, async () => {
  const helper = helperOfAnotherKernel();
  const { stdout, status } = spawnSync(helper, ['--check'], { encoding: 'utf8' });
  expect(status).toBe(0);
  const { host } = JSON.parse(stdout) as { host: { event: string; why: string | null }[] };
  expect(host.filter(({ why }) => why !== null)).toEqual([
    { event: 'page_fault', why: 'the kernel refuses the program on page_fault_user: Permission denied' },
    { event: 'block_io', why: 'this kernel has no tracepoint no_such_merge' },
  ]);

  await using program = await startProgram(['signals'], { name: 'kernel' });
  await using tracer = new Tracer(helper, ['--pid', String(program.pid)]);
  await tracer.following(program.pid);
  program.go();
  process.kill(program.pid, 'SIGUSR1');
  await tracer.until('event', event => event.kind === 'signal');
  await tracer.stop();
  expect(tracer.stderr).toContain('records without block_io: this kernel has no tracepoint no_such_merge');
  expect(tracer.counted('signal', program.pid)).toBe(1);
  expect(tracer.of('meta')).toMatchObject([{ host: true }]);
});
