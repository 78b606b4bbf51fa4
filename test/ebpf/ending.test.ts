import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { builtFile, startProgram, startTracer, trace } from './support/start.ts';
import { Tracer } from './support/tracer.ts';

const PUSH = 0x55;
const BREAKPOINT = 0xcc;

/** The first byte of cudaMalloc as this process executes it: the kernel writes a breakpoint there for a probe. */
function firstByteOfMalloc(pid: number): number {
  const library = builtFile('libcudart.so.13');
  const symbols = spawnSync('nm', ['--defined-only', library], { encoding: 'utf8' }).stdout;
  const offset = Number.parseInt(/^(\w+) T cudaMalloc$/m.exec(symbols)![1]!, 16);
  const mapping = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .find(line => line.endsWith(library) && / 00000000 /.test(line))!;
  const at = Number.parseInt(mapping.split('-')[0]!, 16) + offset;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const byte = Buffer.alloc(1);
  readSync(memory, byte, 0, 1, at);
  closeSync(memory);
  return byte[0]!;
}

const isGone = (pid: number) =>
  !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'after %s nothing is left attached, and the program goes on',
  async signal => {
    await using program = await startProgram(['work', 10, 2]);
    await using tracer = await trace(program);
    expect(firstByteOfMalloc(program.pid)).toBe(BREAKPOINT);
    tracer.kill(signal);
    await tracer.ended();
    await vi.waitFor(() => expect(firstByteOfMalloc(program.pid)).toBe(PUSH), 10_000);
    await program.finish();
    if (signal === 'SIGTERM') expect(tracer.of('end')).toMatchObject([{ reason: 'signal' }]);
  },
);

test('it ends with its parent, even when its input stays open', async () => {
  await using program = await startProgram(['work', 1, 1]);
  const parent = spawn('sh', [
    '-c',
    // By way of 3, because a shell gives what runs in its background no input of its own.
    'exec 3<&0; "$0" --pid "$1" <&3 >/dev/null & echo $!; wait',
    builtFile('kv-tracer'),
    String(program.pid),
  ]);
  const [said] = await once(parent.stdout, 'data');
  const helper = Number(String(said).trim());
  await vi.waitFor(() => expect(firstByteOfMalloc(program.pid)).toBe(BREAKPOINT), 10_000);
  expect(isGone(helper)).toBe(false);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(isGone(helper)).toBe(true), 10_000);
  await vi.waitFor(() => expect(firstByteOfMalloc(program.pid)).toBe(PUSH), 10_000);
  parent.stdin.destroy();
});

test('it ends when nobody reads it any more', async () => {
  const tracer = spawn(builtFile('kv-tracer'), [], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(tracer.stdout!, 'data');
  tracer.stdout!.destroy();
  // It notices when it next writes: when it has found this program's libraries.
  await using _program = await startProgram(['work', 1, 1]);
  await vi.waitFor(() => expect(isGone(tracer.pid!)).toBe(true), 20_000);
});

test('two tracers at once each see everything', async () => {
  await using program = await startProgram(['work', 50, 2]);
  await using one = await trace(program, '--all');
  await using other = await trace(program, '--all');
  await program.finish();
  await one.stop();
  await other.stop();
  for (const tracer of [one, other]) {
    expect(tracer.calls('cudaMalloc')).toHaveLength(100);
    expect(tracer.calls('cuMemAlloc_v2').every(call => call.depth === 1)).toBe(true);
  }
});

test('a process that does not exist is named', async () => {
  await using tracer = startTracer('--pid', '999999999');
  expect(await tracer.ended()).toEqual({ exitCode: 2 });
  expect(tracer.stderr).toContain('there is no process 999999999');
  expect(tracer.records).toEqual([]);
});

test('a trace in which nothing used CUDA says so', async () => {
  const idle = spawn('sleep', ['60']);
  await using tracer = startTracer('--pid', String(idle.pid), '--duration', '0.3');
  expect(await tracer.ended()).toEqual({ exitCode: 3 });
  expect(tracer.stderr).toContain('no process it may look into has loaded CUDA yet');
  expect(tracer.stderr).toContain('nothing was recorded');
  expect(tracer.of('end')).toMatchObject([{ reason: 'duration' }]);
  idle.kill();
});

test('--check is content here, and tells an ordinary user the one command that helps', () => {
  const helper = builtFile('kv-tracer');
  const asRoot = spawnSync(helper, ['--check'], { encoding: 'utf8' });
  expect(JSON.parse(asRoot.stdout)).toMatchObject({ ok: true, missing: [], command: null });
  expect(asRoot.status).toBe(0);

  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all'];
  const asNobody = spawnSync('setpriv', [...nobody, helper, '--check'], { encoding: 'utf8' });
  const said = JSON.parse(asNobody.stdout);
  expect(asNobody.status).toBe(1);
  expect(said.missing.map((item: { what: string }) => item.what)).toEqual([
    'CAP_BPF',
    'CAP_PERFMON',
    'CAP_SYS_PTRACE',
  ]);
  expect(said.command).toBe(`sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace=ep ${helper}`);

  const granted = '+bpf,+perfmon,+sys_ptrace';
  const withThat = [`--inh-caps=-all,${granted}`, `--ambient-caps=-all,${granted}`];
  const asGranted = spawnSync('setpriv', [...nobody.slice(0, 3), ...withThat, helper, '--check'], {
    encoding: 'utf8',
  });
  expect(JSON.parse(asGranted.stdout)).toMatchObject({ ok: true, missing: [] });

  const refused = spawnSync('setpriv', [...nobody, helper], { encoding: 'utf8' });
  expect(refused.status).toBe(4);
  expect(refused.stderr).toMatch(/cannot record: .*--check/);
});

test('those three capabilities, and no more, are enough to record', async () => {
  const granted = '+bpf,+perfmon,+sys_ptrace';
  await using program = await startProgram(['work', 20, 2]);
  await using tracer = new Tracer('setpriv', [
    ...['--reuid=65534', '--regid=65534', '--clear-groups'],
    ...[`--inh-caps=-all,${granted}`, `--ambient-caps=-all,${granted}`],
    ...[builtFile('kv-tracer'), '--pid', String(program.pid), '--all'],
  ]);
  await tracer.attached('libcudart.so.13');
  await tracer.attached('libcuda.so.1');
  await program.finish();
  await tracer.stop();

  expect(tracer.calls('cudaMalloc')).toHaveLength(40);
  expect(tracer.calls('cuMemAlloc_v2')).toHaveLength(40);
  expect(tracer.of('off-cpu').some(off => off.pid === program.pid)).toBe(true);
});
