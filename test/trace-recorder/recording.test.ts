import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { functionStats, openTrace } from '../../src/trace/index.ts';
import type { LiveTrace, Recording, RecordingOptions } from '../../src/trace/recorder/index.ts';
import { record } from '../helpers/trace.ts';

const HELPER = fileURLToPath(new URL('./fixtures/fake-tracer', import.meta.url));
/** What two-threads.bin holds: two threads that call nine functions three times each. */
const CALLS = 54;

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kv-recording-'));
  output = join(folder, 'trace.db');
});

afterEach(() => vi.unstubAllEnvs());

function start(options: Partial<RecordingOptions> = {}, how = ''): Promise<Recording> {
  vi.stubEnv('FAKE_TRACER', how);
  vi.stubEnv('FAKE_TRACER_LOG', join(folder, 'flags'));
  const gpuTool = { command: join(folder, 'fake-nvidia-smi') };
  return record({ helper: HELPER, output, ...options }, { gpuTool });
}

const flagsGiven = () => readFileSync(join(folder, 'flags'), 'utf8');

/** The first state that fits. */
function until(recording: Recording, fits: (now: LiveTrace) => boolean): Promise<LiveTrace> {
  return new Promise(resolve => {
    const stop = recording.watch(now => {
      if (!fits(now)) return;
      stop();
      resolve(now);
    });
  });
}

async function callsIn(path: string): Promise<number> {
  const reader = await openTrace(path);
  const count = reader.info.calls;
  reader.close();
  return count;
}

describe('a recording', () => {
  test('goes on until it is stopped, and leaves one file that opens', async () => {
    const recording = await start();
    const now = await until(recording, ({ functions }) => functions.length > 0);
    expect(now.state).toBe('recording');
    expect(now.functions.map(row => row.fn)).toContain('cudaMemcpy');
    expect(now.processes).toHaveLength(1);
    const summary = await recording.stop();
    expect(summary).toMatchObject({
      path: output,
      calls: CALLS,
      seen: CALLS,
      notes: [],
      exitCode: undefined,
    });
    expect(summary.durationMs).toBeGreaterThan(0);
    expect(await recording.stop()).toBe(summary);
    const reader = await openTrace(output);
    expect(functionStats(reader).find(row => row.fn === 'cudaMemcpy')).toMatchObject({ calls: 6 });
    expect(reader.info.notes).toEqual([]);
    reader.close();
    expect(existsSync(`${output}-wal`)).toBe(false);
  });

  test('has the readings of the GPUs in it, where there is nvidia-smi', async () => {
    writeFileSync(
      join(folder, 'fake-nvidia-smi'),
      `#!/bin/sh
case "$*" in
*-lms*) while :; do echo '0, 87, 71200, 1980, 2619, 61, 512.33, 0x4'; sleep 0.1; done ;;
*) echo '0, GPU-5f1d0c1e, NVIDIA H200, 570.86, 143771' ;;
esac
`,
      { mode: 0o755 },
    );
    const recording = await start();
    const now = await until(recording, ({ gpus }) => gpus[0]?.utilPct !== undefined);
    expect(now.gpus).toEqual([
      {
        name: 'NVIDIA H200',
        utilPct: 87,
        memoryBytes: 71_200 * 2 ** 20,
        memoryTotalBytes: 143_771 * 2 ** 20,
      },
    ]);
    await recording.stop();
    const reader = await openTrace(output);
    const read = reader.query('SELECT DISTINCT name, value FROM trace_samples WHERE gpu = 0 ORDER BY name');
    expect(read).toContainEqual({ name: 'gpu_util_pct', value: 87 });
    expect(reader.query('SELECT name, driver FROM trace_gpus')).toEqual([
      { name: 'NVIDIA H200', driver: '570.86' },
    ]);
    reader.close();
  });

  test('ends by itself when its time is over', async () => {
    const recording = await start({ durationS: 1.5 });
    expect(await recording.done).toMatchObject({ calls: CALLS, notes: [] });
    expect(flagsGiven()).toContain('--duration 1.5');
  });

  test('keeps what came before its helper was killed, and says so', async () => {
    const recording = await start({}, 'killed');
    const { calls, notes } = await recording.done;
    expect(calls).toBe(CALLS);
    expect(notes).toEqual([expect.stringMatching(/helper was ended by SIGKILL; the trace holds/)]);
    expect(await callsIn(output)).toBe(CALLS);
  });

  test('keeps what came before the stream was damaged, and says so', async () => {
    const recording = await start({}, 'damaged');
    await until(recording, ({ functions }) => functions.length > 0);
    writeFileSync(join(folder, 'flags.go'), '');
    const { notes } = await recording.done;
    expect(notes).toEqual(['The rest of the recording was damaged on its way and is not in the file.']);
    expect(await callsIn(output)).toBe(CALLS);
  });

  test.each([
    ['refuse', /cannot record: the kernel says no/, 'failed'],
    ['no-process', /There is no process 42; check the number/, 'usage'],
  ])('that cannot begin (%s) fails with the reason and leaves no file', async (how, sentence, kind) => {
    const recording = await start({}, how);
    await expect(recording.done).rejects.toMatchObject({ kind, message: expect.stringMatching(sentence) });
    expect(existsSync(output)).toBe(false);
  });

  test('with a helper that cannot be run fails and leaves no file', async () => {
    const recording = await start({ helper: join(folder, 'missing') });
    await expect(recording.done).rejects.toThrow(/Nothing was recorded: .*ENOENT/);
    expect(existsSync(output)).toBe(false);
  });

  test('of nothing says that nothing used CUDA', async () => {
    const recording = await start({}, 'nothing');
    const now = await until(recording, () => true);
    expect(now.state).toBe('waiting');
    const { seen, notes } = await recording.stop();
    expect(seen).toBe(0);
    expect(notes).toEqual(['Nothing was recorded, because no process loaded CUDA while it ran.']);
  });

  test('never writes over a file', async () => {
    writeFileSync(output, 'mine');
    await expect(start()).rejects.toThrow(`${output} exists already.`);
    expect(readFileSync(output, 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'flags'))).toBe(false);
  });

  test('hands on what was asked for', async () => {
    const recording = await start({
      pids: [11, 12],
      cgroups: ['/kubepods/a'],
      stacks: true,
      host: false,
      nccl: false,
      minDurationUs: 250,
      sample: 100,
    });
    await recording.stop();
    const flags = flagsGiven();
    expect(flags).toContain('--pid 11 --pid 12 --cgroup /kubepods/a');
    expect(flags).toMatch(/--min-duration-us 250 --sample 100 --stacks --no-host --no-nccl$/m);
  });
});

describe('a command', () => {
  test('is recorded to its end, and its exit code is kept', async () => {
    const recording = await start({ command: ['sh', '-c', 'exit 7'], all: true });
    expect(await recording.done).toMatchObject({ exitCode: 7, calls: CALLS });
    expect(await recording.command!.exited).toBe(7);
    expect(flagsGiven()).toMatch(new RegExp(`^--pid ${recording.command!.pid} --library /.*sh .*--all`, 'm'));
  });

  test('that a signal ended counts as 128 and its number', async () => {
    const recording = await start({ command: ['sh', '-c', 'kill -TERM $$'] });
    expect(await recording.done).toMatchObject({ exitCode: 143 });
  });

  test('never begins where nothing can be recorded', async () => {
    const made = join(folder, 'made');
    const recording = await start({ command: ['touch', made] }, 'refuse');
    await expect(recording.done).rejects.toThrow(/cannot record/);
    await recording.command!.exited;
    expect(existsSync(made)).toBe(false);
  });

  test('goes on when its recording ends before it does', async () => {
    const made = join(folder, 'made');
    const go = join(folder, 'go');
    const script = `while [ ! -e ${go} ]; do sleep 0.05; done; touch ${made}`;
    const recording = await start({ command: ['sh', '-c', script] });
    await until(recording, ({ functions }) => functions.length > 0);
    expect(await recording.stop()).toMatchObject({ exitCode: undefined });
    writeFileSync(go, '');
    expect(await recording.command!.exited).toBe(0);
    expect(existsSync(made)).toBe(true);
  });

  test('that does not exist is named before anything is started', async () => {
    await expect(start({ command: ['no-such-program'] })).rejects.toThrow(
      'There is no program no-such-program to start.',
    );
    expect(existsSync(output)).toBe(false);
  });
});
