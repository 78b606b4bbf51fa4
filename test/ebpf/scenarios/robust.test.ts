import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { functionStats } from '../../../src/trace/index.ts';
import { freshHome } from '../../helpers/kv.ts';
import { builtFile, startProgram } from '../support/start.ts';
import { folder, open, probed, start } from './record.ts';

const NOBODY = '65534';

/** `kv trace --cuda -o FILE …`, as a user types it. */
function kvTrace(file: string, args: readonly string[], as: readonly string[] = []) {
  const { env } = freshHome();
  const command = [process.execPath, resolve('bin/kv.js'), 'trace', '--cuda', '-o', file, ...args];
  const [program, ...rest] = [...as, ...command] as [string, ...string[]];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { ...env, KV_TRACER: builtFile('kv-tracer') },
    input: '',
    timeout: 20_000,
  });
  return { status, told: `${stdout}${stderr}`.replace(/\s+/g, ' ') };
}

test('two recordings of one program at once are both complete', async () => {
  await using program = await startProgram(['work', 200, 2]);
  const made = folder();
  const files = [join(made, 'first.db'), join(made, 'second.db')];
  const recordings = await Promise.all(files.map(file => start(file, { pids: [program.pid], all: true })));
  for (const file of files) await probed(file);
  await program.finish();
  for (const recording of recordings) {
    expect(await recording.stop()).toMatchObject({ calls: 3_600, seen: 3_600, dropped: [], notes: [] });
  }
  const [first, second] = await Promise.all(
    files.map(async file =>
      functionStats(await open(file))
        .map(({ fn, calls }) => [fn, calls])
        .sort(),
    ),
  );
  expect(first).toEqual(second);
});

test('a program that becomes another amid its calls is recorded on, by its new calls too', async () => {
  const file = join(folder(), 'trace.db');
  await using program = await startProgram(['exec', 40]);
  const recording = await start(file, { pids: [program.pid], all: true });
  await probed(file);
  program.go();
  // What it becomes says that it is ready, and begins with the next line.
  await program.line();
  await program.finish();
  await program.end();
  const summary = await recording.done;
  expect(summary).toMatchObject({ dropped: [], notes: [] });
  const stats = functionStats(await open(file));
  expect(stats.find(({ fn }) => fn === 'cudaMalloc')).toMatchObject({ calls: 40 });
});

test('an executable without symbols that CUDA is linked into is named, with what to do', async () => {
  const file = join(folder(), 'trace.db');
  await using program = await startProgram(['work', 5, 1], { name: 'program-stripped-static' });
  const recording = await start(file, { pids: [program.pid] });
  await probed(file);
  await program.finish();
  const { notes } = await recording.stop();
  const sentence = /program-stripped-static: .* has no symbols: .* build it without -s/;
  expect(notes).toEqual([expect.stringMatching(sentence)]);
  expect((await open(file)).info.notes).toContainEqual(expect.stringMatching(sentence));
});

test('a folder that cannot be written to is refused in one sentence before anything starts', () => {
  const disk = folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,ro', 'kv-test', disk]);
  onTestFinished(() => void execFileSync('umount', [disk]));
  const { status, told } = kvTrace(join(disk, 'trace.db'), ['--', 'touch', join(disk, 'started')]);
  expect(status).not.toBe(0);
  expect(told).toMatch(/trace\.db cannot be (made|written|created).*read-only/i);
  expect(existsSync(join(disk, 'started'))).toBe(false);
});

test('who has no privilege is told what is missing and the one command that grants it', () => {
  const mine = folder();
  chmodSync(mine, 0o777);
  const home = join(mine, 'home');
  mkdirSync(home);
  chmodSync(home, 0o777);
  const as = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'env', `HOME=${home}`];
  const { status, told } = kvTrace(join(mine, 'trace.db'), ['--duration', '1s'], as);
  expect(status).not.toBe(0);
  expect(told).toMatch(/Missing: CAP_BPF .* Run sudo setcap \S+ \S+ once, or run kv with sudo/);
  expect(existsSync(join(mine, 'trace.db'))).toBe(false);
});
