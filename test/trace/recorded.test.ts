import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  chains,
  findings,
  launchGaps,
  memoryReport,
  openTrace,
  starvation,
  type TraceReader,
} from '../../src/trace/index.ts';

/** What kv recorded of a program with one thing wrong with it (test/fixtures/traces/recorded). */
async function recorded(name: string): Promise<TraceReader> {
  const folder = join(import.meta.dirname, '../fixtures/traces/recorded');
  const reader = await openTrace(join(folder, `${name}.db`));
  onTestFinished(() => reader.close());
  return reader;
}

/** Chains by cause and function, then findings by kind. */
const told = (reader: TraceReader) => [
  ...chains(reader).map(({ cause, fn }) => `${cause} of ${fn}`),
  ...findings(reader).map(({ kind }) => kind),
  ...memoryReport(reader).findings.map(({ kind }) => kind),
];

test('copies that held their thread came from pageable memory, and what they cost is all their time', async () => {
  const reader = await recorded('pageable-copies');
  expect(told(reader)).toEqual(['pageable-copy of cudaMemcpyAsync']);
  const [chain] = chains(reader);
  expect(chain).toMatchObject({ calls: 40, process: 'train', bytes: 671_088_640 });
  expect(chain!.excessMs).toBeCloseTo(chain!.totalMs, 3);
  expect(chain!.sentence).toContain('671 MB were copied at 6.0 GB/s');
});

test('launches waited for the CPU that backup had', async () => {
  const reader = await recorded('contended-launches');
  expect(told(reader)).toEqual(['cpu-contention of cudaLaunchKernel']);
  const [chain] = chains(reader);
  expect(chain!.rivals.map(({ process }) => process)).toEqual(['backup']);
  expect(chain!.runnableMs / chain!.totalMs).toBeGreaterThan(0.95);
  expect(chain!.sentence).toMatch(/ready to run for 311 ms \(99 %\) and had no CPU; backup \(pid \d+\) ran/);
});

test('the training thread slept until another had read from a disk', async () => {
  const reader = await recorded('disk-loader');
  expect(told(reader)).toEqual([]);
  const [gap] = launchGaps(reader);
  expect(gap!.waitedFor).toMatchObject({ process: 'train', diskMs: expect.closeTo(52.9, 0) });
  expect(gap!.sentence).toMatch(
    /asleep in futex, until another thread of the process woke it; thread \d+ waited 52\.9 ms \(87 % of that\) for a disk in pread64 \(254:0: 65 requests, 68\.2 MB/,
  );
  expect(gap!.advice).toContain('faster disk');
  expect(starvation(reader)).toMatchObject({ verdict: 'likely' });
});

test('launches waited for a lock that another thread of their process held', async () => {
  const reader = await recorded('lock');
  expect(told(reader)).toEqual(['lock of cudaLaunchKernel']);
  expect(chains(reader)[0]!.sentence).toContain('until another thread of the process let go of it');
  expect(chains(reader)[0]!.ruledOut.join(' ')).toContain('CPU contention: the thread was ready');
});

test('the rank whose CPU backup had came late to its collectives', async () => {
  const reader = await recorded('contended-rank');
  expect(told(reader)).toEqual(['late-rank']);
  expect(findings(reader)[0]!.sentence).toMatch(
    /entered 30 \(100 %\) last, 17\.1 ms .* off its CPU for 71 %, ready to run without a CPU while backup \(pid \d+\) ran/,
  );
});

test('of a healthy run nothing is told but what its first call cost', async () => {
  const reader = await recorded('healthy');
  expect(told(reader)).toEqual(['first-use of cudaMalloc', 'first-use']);
  expect(findings(reader)[0]!.wonMs).toBeCloseTo(150, 0);
  expect(starvation(reader).verdict).toBe('no sign');
});
