import { describe, expect, it } from 'vitest';
import { chains, functionStats, launchGaps, processes } from '../../src/trace/index.ts';
import { MAIN, type PlantedCall, plant, usualLaunches, WATCHED } from './planted.ts';

/** What makes a file count as long: two million launches by its totals, few of them planted as rows. */
const totals = [
  {
    fn: 'cudaLaunchKernel',
    durations: [
      [0.004321, 1_200_000],
      [0.012345, 700_000],
      [0.777777, 100_000],
    ] as Array<[number, number]>,
  },
];

describe('a trace of millions of calls', () => {
  it('is answered from its sums, within a thousandth', async () => {
    const reader = await plant({ calls: usualLaunches(), totals, endedMs: 20_000 });
    expect(reader.info).toMatchObject({ calls: 2_000_000, durationMs: 20_000 });
    const [launch] = functionStats(reader);
    expect(launch).toMatchObject({ calls: 2_000_000, maxMs: 0.777777 });
    for (const [told, exact] of [
      [launch!.p50Ms, 0.004321],
      [launch!.p95Ms, 0.012345],
      [launch!.p99Ms, 0.777777],
    ] as const)
      expect(Math.abs(told / exact - 1)).toBeLessThanOrEqual(0.001);
    expect(processes(reader)).toEqual([expect.objectContaining({ pid: MAIN, calls: 2_000_000 })]);
  });

  it('is read row by row where the sums lag behind, and in a window', async () => {
    const calls = usualLaunches();
    const cutOff = await plant({ calls, totals });
    expect(cutOff.info.calls).toBe(50);
    expect(functionStats(cutOff)[0]).toMatchObject({ calls: 50, p50Ms: 0.01 });
    const ended = await plant({ calls, totals, endedMs: 20_000 });
    expect(functionStats(ended, { fromMs: 10, toMs: 20 })[0]).toMatchObject({ calls: 10, p50Ms: 0.01 });
  });

  it('still has its slow calls explained', async () => {
    const reader = await plant({
      calls: [...usualLaunches(), { fn: 'cudaLaunchKernel', at: 500, ms: 20 }],
      switches: [...WATCHED, { at: 501, ms: 18, state: 'R', next: 7 }],
      totals,
      endedMs: 20_000,
    });
    expect(chains(reader)).toEqual([
      expect.objectContaining({ cause: 'cpu-contention', calls: 1, of: 2_000_000 }),
    ]);
  });

  it('has the same gaps as when every row is read', async () => {
    // Two processes, one of them busy in the gaps of the other; a long call covers what would be a gap.
    const calls: PlantedCall[] = [];
    for (let at = 0; at < 3_000; at++)
      if (at % 700 < 600) calls.push({ fn: 'cudaLaunchKernel', at, ms: 0.5 });
    for (let at = 0; at < 3_000; at += 3)
      if (at % 900 < 850) calls.push({ fn: 'cudaMemcpy', at, ms: 1, pid: 7 });
    calls.push({ fn: 'cudaStreamSynchronize', at: 1_299, ms: 95, tid: 101 });
    const planted = { calls, endedMs: 3_001 };
    const few = launchGaps(await plant(planted), { limit: 8 });
    const many = launchGaps(
      await plant({ ...planted, totals: [...totals, { ...totals[0]!, pid: 7, fn: 'cudaMemcpy' }] }),
      { limit: 8 },
    );
    expect(few.length).toBeGreaterThanOrEqual(6);
    expect(many.map(gap => [gap.pid, gap.fromMs, gap.ms])).toEqual(
      few.map(gap => [gap.pid, gap.fromMs, gap.ms]),
    );
  });
});

describe('a trace that kept its slow calls only', () => {
  const kept = Array.from({ length: 20 }, (_, at) => ({
    fn: 'cudaLaunchKernel',
    at: at * 100,
    ms: 0.2 + at / 100,
  }));
  // The recorder's histogram: bucket 46 is [6,144, 7,168) ns; 66 to 69 hold the kept calls.
  const second = (at: number, slow: Array<[number, number]>) => ({
    fn: 'cudaLaunchKernel',
    second: at,
    count: 990,
    stored: 10,
    totalMs: 9,
    buckets: [[46, 980] as [number, number], ...slow],
  });
  const aggregates = [
    second(0, [
      [66, 3],
      [67, 4],
      [68, 3],
    ]),
    second(1, [
      [68, 3],
      [69, 7],
    ]),
  ];
  const planted = { calls: kept, aggregates, endedMs: 2_000 };

  it('has percentiles of all that was seen, exact where the rank falls among kept rows', async () => {
    const [launch] = functionStats(await plant(planted));
    expect(launch).toMatchObject({ calls: 20, seen: 1_980, percentilesOf: 'seen' });
    expect(launch!.p50Ms).toBeGreaterThanOrEqual(0.006144);
    expect(launch!.p50Ms).toBeLessThan(0.007168);
    expect(launch!.approximate).toEqual(['p50Ms', 'p95Ms']);
    // Rank 1,961 of 1,980 is the first of the 20 kept rows.
    expect(launch!.p99Ms).toBe(0.2);
  });

  it('has them for a window too', async () => {
    const [launch] = functionStats(await plant(planted), { fromMs: 1_000, toMs: 2_000 });
    expect(launch).toMatchObject({ calls: 10, seen: 990, p99Ms: 0.3 });
  });

  it('calls a call slow beside all that was seen, and not beside the slow ones', async () => {
    const reader = await plant({ ...planted, switches: WATCHED });
    expect(chains(reader).map(chain => [chain.cause, chain.calls, chain.of])).toEqual([
      ['on-cpu', 19, 1_980],
      ['first-use', 1, 1_980],
    ]);
  });
});
