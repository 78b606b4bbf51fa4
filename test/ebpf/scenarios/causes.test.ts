import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchGaps, memoryReport, starvation } from '../../../src/trace/index.ts';
import { Program } from '../support/program.ts';
import { startPython } from '../support/python.ts';
import { blamed, folder, neighbour, recordProgram, scenarioFile, told, train } from './record.ts';

const MB = 1 << 20;

test('asynchronous copies that hold their caller come from pageable memory', async () => {
  const { reader } = await train(['pageable']);
  expect(told(reader)).toEqual(['pageable-copy of cudaMemcpyAsync']);
  const [chain] = blamed(reader);
  expect(chain).toMatchObject({ calls: 40, process: 'train', bytes: 40 * 16 * MB });
  expect(chain!.sentence).toMatch(/copied at [\d.]+ GB\/s; .* so the memory is pageable/);
});

test('launches wait for a CPU that another program has, and it is named; an idle one is not', async () => {
  const hog = await neighbour('backup', 'busy');
  await neighbour('lazy', 'idle');
  const { reader } = await train(['launches'], { GPU_LAUNCH_US: '100' });
  const [chain, ...others] = blamed(reader);
  expect(others).toEqual([]);
  expect(chain).toMatchObject({ cause: 'cpu-contention', fn: 'cudaLaunchKernel' });
  expect(chain!.runnableMs).toBeGreaterThan(chain!.totalMs / 2);
  expect(chain!.rivals[0]).toMatchObject({ pid: hog.pid, process: 'backup' });
  expect(chain!.rivals[0]!.ms).toBeGreaterThan(chain!.runnableMs / 2);
  expect(chain!.sentence).toMatch(/was ready to run for .* and had no CPU; backup \(pid \d+\)/);
  expect(chain!.rivals.map(rival => rival.process)).not.toContain('lazy');
});

test('a data loader that waits for its disk is named where the training thread only waits', async () => {
  const batch = join(folder(), 'batch');
  writeFileSync(batch, Buffer.alloc(64 * MB, 1), { flush: true });
  const { reader } = await train(['loading', batch]);
  expect(told(reader)).toEqual([]);
  const [gap] = launchGaps(reader);
  expect(gap!.sentence).toMatch(
    /asleep in futex, until another thread of the process woke it; thread \d+ waited .* for a disk in pread64 \(\d+:\d+: [\d,]+ requests, /,
  );
  const { verdict, sentence, workerDiskMs } = starvation(reader);
  expect(verdict).toBe('likely');
  expect(workerDiskMs).toBeGreaterThan(gap!.ms / 2);
  expect(sentence).toContain('for a disk');
});

test('memory that two Python threads allocate and free for every step is churn, and their function is named', async () => {
  await using program = await startPython('3.13', [
    join(import.meta.dirname, 'programs/churn.py'),
    scenarioFile('libcudart.so.13'),
  ]);
  const reader = await recordProgram(program, { stacks: true });
  const [churn, ...others] = memoryReport(reader).findings;
  expect(others).toEqual([]);
  expect(churn).toMatchObject({ kind: 'allocation-churn', figures: { allocations: 300, bytes: 8 * MB } });
  expect(churn!.sentence).toContain('cudaMalloc in make_buffer');
});

test('a Node program that waits after every launch does so in a hot loop', async () => {
  const script = join(import.meta.dirname, 'programs/hot-loop.cjs');
  await using program = new Program(process.execPath, [script, scenarioFile('addon.node')]);
  await program.line();
  const reader = await recordProgram(program);
  expect(told(reader)).toEqual(['sync-stall']);
});

test('a wait in a C program that has one launch between two is a hot loop too', async () => {
  const { reader } = await train(['chatty']);
  expect(told(reader)).toEqual(['sync-stall']);
});

test('the first call pays for the context, and that is told apart', async () => {
  const { reader } = await train(['healthy'], { GPU_CONTEXT_US: '150000' });
  expect(told(reader)).toEqual(['first-use of cudaMalloc', 'first-use']);
  expect(blamed(reader)[0]!.longestMs).toBeGreaterThan(100);
});

test('a wait that finds much queued names what is queued on its own stream', async () => {
  const { reader } = await train(['queued'], {}, { all: true });
  expect(told(reader)).toEqual(['gpu-wait of cudaStreamSynchronize']);
  const [chain] = blamed(reader);
  expect(chain).toMatchObject({ calls: 3, queued: { copies: 0, collectives: 0 } });
  expect(chain!.queued!.kernels).toEqual([{ name: 'gemm', launches: chain!.queued!.launches }]);
  // 55 on the stream before each; the other stream's are not among them.
  expect(chain!.queued!.launches).toBe(165);
  expect(chain!.ruledOut.join(' ')).toMatch(
    /CPU contention: the thread was ready without a CPU for [\d.]+ .?s only/,
  );
});

test('a launch waits for the lock that another thread holds', async () => {
  const { reader } = await train(['locked']);
  expect(told(reader)).toEqual(['lock of cudaLaunchKernel']);
  const [chain] = blamed(reader);
  expect(chain!.sentence).toMatch(/for a lock in futex, until another thread of the process let go of it/);
  expect(chain!.sleepMs).toBeGreaterThan(chain!.totalMs * 0.9);
});
