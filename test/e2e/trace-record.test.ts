import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openTrace } from '../../src/trace/index.ts';
import { freshHome, type KvRun, runKv } from '../helpers/kv.ts';
import { Terminal } from '../helpers/terminal.ts';

const FAKE_TRACER = resolve('test/trace-recorder/fixtures/fake-tracer');
const KV = resolve('bin/kv.js');
const CALLS = 54;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kv-record-'));
  file = join(folder, 'trace.db');
});

function environment(how = ''): Record<string, string> {
  const { env } = freshHome();
  const log = join(folder, 'flags');
  return { ...env, KV_TRACER: FAKE_TRACER, FAKE_TRACER: how, FAKE_TRACER_LOG: log } as Record<string, string>;
}

const kv = (args: string[], how?: string): Promise<KvRun> => runKv(['trace', ...args], environment(how));

describe('kv trace --cuda', () => {
  test('sums a recording up, and says what to do next', async () => {
    const { code, stdout, stderr } = await kv(['--cuda', '--duration', '1s', '-o', file]);
    expect(code).toBe(0);
    const figures = `${CALLS} calls seen, ${CALLS} kept, none lost.`;
    expect(stdout.replaceAll(/\s+/gu, ' ')).toMatch(
      new RegExp(`^Recorded ${file} \\([^)]+\\): .*, ${figures}`),
    );
    expect(stdout).toMatch(/^cudaMemcpy +6 /mu);
    expect(stdout).toContain(`kv trace chains ${file}`);
    expect(stdout).toContain(`kv investigate --trace ${file} "`);
    expect(stderr).toContain(`Recording every process that uses CUDA into ${file}`);
    const stats = await kv(['stats', file, '--output', 'json']);
    expect(JSON.parse(stats.stdout).trace).toMatchObject({ format: 'kv', calls: CALLS });
  });

  test('is for programs as well', async () => {
    const { code, stdout } = await kv(['--cuda', '--duration', '1s', '-o', file, '--output', 'json']);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ path: file, calls: CALLS, seen: CALLS, notes: [] });
    expect(summary.functions).toHaveLength(5);
    expect(Array.isArray(summary.chains)).toBe(true);
  });

  test.runIf(process.getuid!() === 0)(
    'under sudo leaves a file that the caller of sudo can read',
    async () => {
      const env = { ...environment(), SUDO_UID: '1234', SUDO_GID: '1235' };
      const { code } = await runKv(['trace', '--cuda', '--duration', '1s', '-o', file], env);
      expect(code).toBe(0);
      expect(statSync(file)).toMatchObject({ uid: 1234, gid: 1235, mode: 0o100600 });
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(['flags', 'trace.db']));
    },
  );

  test('passes the output of a command on, and ends with its exit code', async () => {
    const { code, stdout, stderr } = await kv([
      '--cuda',
      '-o',
      file,
      '--',
      'sh',
      '-c',
      'echo trained; exit 3',
    ]);
    expect(code).toBe(3);
    expect(stdout).toBe('trained\n');
    expect(stderr).toMatch(new RegExp(`^kv: recording sh \\(process \\d+\\) into ${file}$`, 'mu'));
    expect(stderr).toContain(`Recorded ${file}`);
  });

  test('gives the options of a command to the command', async () => {
    const { stdout } = await kv(['--cuda', '-o', file, '--', 'echo', '--pid', '--help', 'stats']);
    expect(stdout).toBe('--pid --help stats\n');
  });

  test('names its file by machine and time where none is named', async () => {
    const args = [KV, 'trace', '--cuda', '--duration', '1s'];
    const child = spawn(process.execPath, args, { cwd: folder, env: environment(), stdio: 'ignore' });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(readdirSync(folder).filter(name => /^kv-trace-.+-\d{8}-\d{6}\.db$/.test(name))).toHaveLength(1);
  });

  test('says what kept it from recording, and ends with 1', async () => {
    const refused = await kv(['--cuda', '-o', file], 'refuse');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^kv: kv-tracer cannot record: the kernel says no/mu);
    expect(existsSync(file)).toBe(false);

    const unused = await kv(['--cuda', '--duration', '1s', '-o', file], 'nothing');
    expect(unused.code).toBe(1);
    expect(unused.stdout).toMatch(/Note: Nothing was recorded, because no process loaded CUDA/);

    const notReady = await kv(['--cuda', '-o', join(folder, 'other.db')], 'not-ready');
    expect(notReady.code).toBe(1);
    expect(notReady.stderr).toMatch(/CAP_BPF .* Run sudo setcap .* once, or run kv with sudo\./);
  });

  test('does not take standard output for a database', async () => {
    const { code, stderr } = await kv(['--cuda', '--duration', '1s', '-o', '-']);
    expect(code).toBe(2);
    expect(stderr).toContain('A trace is a database and cannot go to standard output.');
  });

  test('does not write over a file', async () => {
    writeFileSync(file, 'mine');
    const { code, stderr } = await kv(['--cuda', '--duration', '1s', '-o', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file} exists already. Name another file with -o`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test.each([
    [['--pid', '12'], 'To record, write kv trace --cuda'],
    [['nonsense'], 'There is no command "kv trace nonsense".'],
    [['--cuda', '--pid', '12', '--', 'true'], 'A recording has one kind of target.'],
    [['--cuda', '--pod', 'train-0'], 'Write it as NAMESPACE/NAME.'],
    [['--cuda', '--container', 'zz'], 'zz is no container id.'],
    [['--cuda', '--min-duration', '5'], 'Write it like 100us or 1ms.'],
    [['--cuda', '--max-size', '5'], 'Write it like 500MB or 2GB'],
    [['--cuda', '--', 'no-such-program'], 'There is no program no-such-program to start.'],
  ])('%j is answered with what to write', async (args, sentence) => {
    const { code, stderr } = await kv(args);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });

  test('--check says whether this machine can record', async () => {
    expect(await kv(['--check'])).toMatchObject({
      code: 0,
      stdout: 'kv can record on this machine (Linux 6.18.0).\n',
    });
    const { code, stdout } = await kv(['--check', '--output', 'json'], 'not-ready');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, missing: [{ what: 'CAP_BPF' }] });
  });

  test('--help fits into 80 columns', async () => {
    const { stdout } = await kv(['--help']);
    expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  test('alone shows what there is', async () => {
    const { code, stdout } = await kv([]);
    expect(code).toBe(0);
    expect(stdout).toContain('--cuda');
    expect(stdout).toContain('chains [options] <file>');
  });
});

describe('kv trace --cuda in a terminal', () => {
  const start = (args: string[]) =>
    Terminal.start(process.execPath, [KV, 'trace', '--cuda', ...args], { env: environment() });

  test('is a live view until q, then the summary', async () => {
    await using terminal = start(['-o', file]);
    await terminal.waitFor(/cudaMemcpy +6 /u);
    terminal.type('q');
    await terminal.waitForHistory('kv trace chains');
    expect(await terminal.exited).toMatchObject({ code: 0 });
    expect(terminal.history()).toContain(`Recorded ${file}`);
    expect(terminal.history()).not.toContain('q end');
  });

  test('closes its file in order when the window is closed', async () => {
    await using terminal = start(['-o', file]);
    await terminal.waitFor(/cudaMemcpy +6 /u);
    const isGone = () => expect(() => process.kill(terminal.pid, 0)).toThrow('ESRCH');
    terminal.hangUp();
    await vi.waitFor(isGone, 15_000);
    const reader = await openTrace(file);
    expect(reader.info).toMatchObject({ calls: CALLS, notes: [] });
    reader.close();
  });

  test('leaves the terminal to a command, and ends when Ctrl+C ends it', async () => {
    await using terminal = start([
      '-o',
      file,
      '--',
      'sh',
      '-c',
      'echo "say"; read line; echo "said $line"; sleep 60',
    ]);
    await terminal.waitForHistory(/^say$/mu);
    terminal.type('hello').press('enter');
    await terminal.waitForHistory(/^said hello$/mu);
    terminal.press('ctrl+c');
    expect(await terminal.exited).toMatchObject({ code: 130 });
    expect(terminal.history()).toContain(`Recorded ${file}`);
  });

  test('a second Ctrl+C ends the recording alone, and the exit code is still that of the command', async () => {
    const script = 'trap "" INT; echo up; read line; echo "got $line"; exit 5';
    await using terminal = start(['-o', file, '--', 'bash', '-c', script]);
    await terminal.waitForHistory(/^up$/mu);
    terminal.press('ctrl+c');
    await terminal.waitForHistory('bash still runs; Ctrl+C again ends the recording alone');
    terminal.press('ctrl+c');
    await terminal.waitForHistory(/the recording has ended and .* is complete; bash\s+goes\s+on/u);
    terminal.type('more').press('enter');
    expect(await terminal.exited).toMatchObject({ code: 5 });
    expect(terminal.history()).toMatch(/^got more$/mu);
  });
});
