import { afterEach, expect, it } from 'vitest';
import type { TraceRecord } from '../../src/trace/record/types.ts';
import { TraceWriter } from '../../src/trace/store/index.ts';
import { aggregate, call, functions, MAX_BYTES, meta, newPath, offCpu, PID, process } from './records.ts';

const writers: TraceWriter[] = [];
afterEach(() => {
  for (const writer of writers.splice(0)) writer.close();
});

function liveAfter(records: TraceRecord[]) {
  const writer = TraceWriter.create(newPath(), { maxBytes: MAX_BYTES });
  writers.push(writer);
  writer.addProcessPlace(PID, { namespace: 'ml', pod: 'train-0' });
  writer.write([meta, ...functions, process('seen', { comm: 'python' }), ...records]);
  return writer.live();
}

const S = 1e9;
/** After so many seconds: 100 launches a second of 4 to 5 ns, and one of 1,000,000. */
const launches = (seconds: number) =>
  aggregate('cudaLaunchKernel', seconds * S, {
    count: seconds * 100 + 1,
    sumNs: seconds * 400 + 1e6,
    maxNs: 1e6,
    errors: seconds,
    buckets: [
      [4, seconds * 100],
      [75, 1],
    ],
  });

it('shows functions by what the kernel counted: percentiles, errors, calls by the second', () => {
  const rounds = [1, 2, 3, 4, 5, 6, 7, 8].map(launches);
  const { functions: shown, callsPerSecond, seen } = liveAfter(rounds);
  expect(shown).toMatchObject([
    { fn: 'cudaLaunchKernel', layer: 'runtime', calls: 801, errors: 8, maxMs: 1 },
  ]);
  expect(shown[0]!.p50Ms).toBeGreaterThanOrEqual(4e-6);
  expect(shown[0]!.p99Ms).toBeLessThan(5e-6);
  expect(shown[0]!.totalMs).toBeCloseTo(1.0032, 6);
  expect(shown[0]!.perSecond).toEqual([0, 101, 100, 100, 100, 100, 100, 100, 100]);
  expect([callsPerSecond, seen]).toEqual([100, 801]);
});

it('forgets what was lately, and keeps a minute of history', () => {
  const { functions: shown, callsPerSecond } = liveAfter([
    launches(1),
    launches(2),
    aggregate('cudaMalloc', 100 * S, { count: 1, sumNs: 5, maxNs: 5, buckets: [[5, 1]] }),
  ]);
  expect(callsPerSecond).toBe(0.2);
  expect(shown[0]!.perSecond).toEqual(Array(60).fill(0));
  expect(shown[1]!.perSecond.at(-1)).toBe(1);
});

it('shows processes with their place, and how long their busiest thread waited for a CPU', () => {
  const busy = [0, 1, 2, 3, 4].flatMap(second => [
    call('cudaLaunchKernel', second * S + 1e6),
    call('cudaLaunchKernel', second * S + 2e6, { tid: 101 }),
    call('cudaLaunchKernel', second * S + 3e6),
    offCpu(second * S + 4e6, second * S + 0.504 * S, { preempted: true, state: 0 }),
    offCpu(second * S + 4e6, second * S + 0.9 * S, { tid: 101, preempted: true, state: 0 }),
    offCpu(second * S + 0.6 * S, second * S + 0.8 * S, { wokenNs: second * S + 0.8 * S }),
  ]);
  const { processes, rowsPerSecond } = liveAfter([...busy, launches(4)]);
  expect(processes).toEqual([
    { pid: PID, name: 'python', pod: 'train-0', callsPerSecond: 80.2, waitingForCpu: expect.closeTo(0.5, 2) },
  ]);
  expect(rowsPerSecond).toBeGreaterThan(5);
});

it('lets go of processes that have ended', () => {
  const end = process('exit', { timeNs: 3 * S });
  const later = aggregate('cudaMalloc', 20 * S, { pid: 200, count: 1, buckets: [[5, 1]] });
  expect(liveAfter([launches(2), end]).processes).toHaveLength(1);
  expect(liveAfter([launches(2), end, later]).processes.map(({ pid }) => pid)).toEqual([200]);
});
