import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { builtFile } from './support/start.ts';

const EVENTS = [
  ...['off_cpu', 'process', 'page_fault', 'oom_kill', 'signal', 'block_io'],
  ...['tcp_retransmit', 'tcp_drop'],
];

test('--check says what the kernel gives beside CUDA', () => {
  const { stdout, status } = spawnSync(builtFile('kv-tracer'), ['--check'], { encoding: 'utf8' });
  expect(status).toBe(0);
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({ ok: true, btf: true });
  expect(said.host).toEqual(EVENTS.map(event => ({ event, why: null })));
});

test('--check --no-host asks nothing of the kernel beside CUDA', () => {
  const { stdout, status } = spawnSync(builtFile('kv-tracer'), ['--check', '--no-host'], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, host: [] });
});

test('in a process namespace of its own the helper says that it would find no process', () => {
  const unshared = ['--pid', '--fork', builtFile('kv-tracer'), '--check'];
  const { stdout, status } = spawnSync('unshare', unshared, { encoding: 'utf8' });
  expect(status).toBe(1);
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({ ok: false, command: null });
  expect(said.missing).toMatchObject([{ what: 'pid namespace', why: expect.stringContaining('hostPID') }]);
});

test('a kernel without type information is told of, and nothing is recorded', () => {
  const helper = builtFile('kv-tracer');
  const hidden = (args: string) => [
    '--mount',
    'sh',
    '-c',
    `mount -t tmpfs none /sys/kernel/btf && ${helper} ${args}`,
  ];
  const { stdout, status } = spawnSync('unshare', hidden('--check'), { encoding: 'utf8' });
  expect(status).toBe(1);
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({ ok: false, btf: false, host: [], command: null });
  expect(said.missing).toMatchObject([
    { what: 'btf', why: expect.stringContaining('CONFIG_DEBUG_INFO_BTF') },
  ]);

  const refused = spawnSync('unshare', hidden('--duration 1'), { encoding: 'utf8' });
  expect(refused.status).toBe(4);
  expect(refused.stderr).toMatch(/cannot record: .*--check/);
});
