import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { functionStats, openTrace } from '../../src/trace/index.ts';
import { freshHome } from '../helpers/kv.ts';
import { Group } from './support/group.ts';
import { builtFile, startProgram } from './support/start.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kv-record-'));
  file = join(folder, 'trace.db');
});

interface Running {
  child: ChildProcess;
  /** Everything that it has said on standard error so far. */
  said(): string;
  /** Exit code and standard output, once it has ended. */
  ended: Promise<{ code: number | null; stdout: string }>;
}

/** `kv trace --cuda -o FILE …` with the helper that was built for these suites. */
function record(args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [resolve('bin/kv.js'), 'trace', '--cuda', '-o', file, ...args], {
    env: { ...freshHome().env, KV_TRACER: builtFile('kv-tracer'), ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', piece => {
    stdout += piece;
  });
  child.stderr.on('data', piece => {
    stderr += piece;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout }));
  return { child, said: () => stderr, ended };
}

/** What a reader sees, while the file is written or after. */
async function select(sql: string): Promise<Record<string, unknown>[]> {
  const reader = await openTrace(file);
  try {
    return reader.query<Record<string, unknown>>(sql);
  } finally {
    reader.close();
  }
}

/** Until the file, which is still being written, says that both libraries have probes. */
async function probed(): Promise<void> {
  const attached = () => select("SELECT 1 FROM trace_libraries WHERE status = 'attached'").catch(() => []);
  await vi.waitFor(async () => expect(await attached()).toHaveLength(2), { timeout: 20_000, interval: 100 });
}

const isGone = (pid: number) =>
  !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

test.each(['program', 'program-static'])('a command (%s) is recorded from its first call on', async name => {
  const running = record(['--all', '--', builtFile(name), 'work', '30', '2']);
  running.child.stdin!.end('\n\n');
  const { code, stdout } = await running.ended;
  expect(running.said()).toContain(`Recorded ${file}`);
  expect({ code, stdout: stdout.replace(/\d+/g, 'N') }).toEqual({ code: 0, stdout: 'ready N\ndone N\n' });

  const reader = await openTrace(file);
  const stats = functionStats(reader);
  for (const fn of ['cudaMalloc', 'cudaMemcpy', 'cudaLaunchKernel', 'cudaStreamSynchronize', 'cudaFree']) {
    expect(stats.find(row => row.fn === fn)).toMatchObject({ calls: 60, failed: 0 });
  }
  const first = `SELECT count(*) AS n FROM trace_calls WHERE fn = 'cudaMalloc' AND flags & 1`;
  expect(reader.query(first)).toEqual([{ n: 1 }]);
  expect(reader.info).toMatchObject({ format: 'kv', calls: 540, notes: [] });
  reader.close();
  expect(readdirSync(folder)).toEqual(['trace.db']);
});

test('a running process is recorded until Ctrl+C, and the summary names its slowest function', async () => {
  await using program = await startProgram(['work', 200, 2], { env: { STUB_cudaMemcpy_US: '900' } });
  const running = record(['--pid', String(program.pid), '--stacks', '--output', 'json']);
  await probed();
  await program.finish();
  running.child.kill('SIGINT');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const summary = JSON.parse(stdout);
  expect(summary).toMatchObject({ seen: 3_600, dropped: [], notes: [] });
  expect(summary.functions[0]).toMatchObject({ fn: 'cudaMemcpy', calls: 400 });
  const named = "SELECT stack FROM trace_stacks WHERE name = 'work' AND module LIKE '%/program'";
  expect((await select(named)).length).toBeGreaterThan(0);
  const [kernel] = await select("SELECT DISTINCT kernel FROM trace_calls WHERE fn = 'cudaLaunchKernel'");
  expect(kernel).toEqual({ kernel: 'kernel' });
});

test('--container takes the processes of that container alone, and says where they ran', async () => {
  const id = 'c0ffee'.padEnd(64, '0');
  await using _pods = new Group(`/kubepods-test-${process.pid}`);
  await using _pod = new Group(`${_pods.path}/pod01234567-89ab-cdef-0123-456789abcdef`);
  await using group = new Group(`${_pod.path}/${id}`);
  await using inside = await startProgram(['work', 5, 1]);
  await using outside = await startProgram(['work', 7, 1]);
  group.add(inside.pid);
  const running = record(['--container', id.slice(0, 12), '--all']);
  await probed();
  await outside.finish();
  await inside.finish();
  const placed = () => select('SELECT pid, pod, container FROM trace_processes WHERE pod IS NOT NULL');
  const [pod, container] = ['01234567-89ab-cdef-0123-456789abcdef', id.slice(0, 12)];
  await vi.waitFor(async () => expect(await placed()).toEqual([{ pid: inside.pid, pod, container }]), 10_000);
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 0 });
  expect(await select('SELECT DISTINCT pid FROM trace_calls')).toEqual([{ pid: inside.pid }]);
  await inside.end();
});

test('it ends when the process does', async () => {
  const program = await startProgram(['work', 5, 1]);
  const running = record(['--pid', String(program.pid)]);
  await probed();
  await program.finish();
  await program.end();
  expect(await running.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('45 calls seen') });
});

test('after kv was killed its helper is gone, the program goes on, and the file opens', async () => {
  await using program = await startProgram(['work', 50, 2]);
  const running = record(['--pid', String(program.pid)]);
  await probed();
  const [helper] = childrenOf(running.child.pid!);
  running.child.kill('SIGKILL');
  await running.ended;
  await vi.waitFor(() => expect(isGone(helper!)).toBe(true), 10_000);
  await program.finish();
  const reader = await openTrace(file);
  expect(reader.info.notes.join(' ')).toContain('cut off');
  reader.close();
});

test('a helper that is killed ends the recording with what it had', async () => {
  await using program = await startProgram(['work', 50, 2]);
  const running = record(['--pid', String(program.pid), '--all']);
  await probed();
  await program.finish();
  await vi.waitFor(async () => expect(await select('SELECT 1 FROM trace_calls')).toHaveLength(900), 10_000);
  const [helper] = childrenOf(running.child.pid!);
  process.kill(helper!, 'SIGKILL');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toContain('was ended by SIGKILL; the trace holds what it had sent');
});

test('a full disk ends the recording in one sentence, and the file opens', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'kv-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'kv-test', disk]);
  try {
    file = join(disk, 'trace.db');
    const program = await startProgram(['flood', 100_000_000, 1]);
    const running = record(['--pid', String(program.pid), '--all']);
    await probed();
    program.go();
    await vi.waitFor(() => expect(running.said()).toContain('The disk is full'), 30_000);
    await program[Symbol.asyncDispose]();
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/Note: The disk is full, so nothing more was written\./);
    const reader = await openTrace(file);
    expect(reader.info.calls).toBeGreaterThan(10_000);
    reader.close();
    expect(readdirSync(disk)).toEqual(['trace.db']);
  } finally {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  }
});

test('secrets on a command line do not reach the file', async () => {
  const running = record(['--', builtFile('program'), 'work', '3', '1', '--password=hunter2-Xq9v']);
  await vi.waitFor(() => expect(running.said()).toContain('recording'), 20_000);
  running.child.stdin!.write('\n');
  await vi.waitFor(
    async () => expect(await select('SELECT 1 FROM processes WHERE command IS NOT NULL')).toHaveLength(1),
    20_000,
  );
  running.child.stdin!.end('\n');
  expect(await running.ended).toMatchObject({ code: 0 });
  expect(readFileSync(file, 'latin1')).not.toContain('hunter2-Xq9v');
});
