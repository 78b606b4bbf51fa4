import { describe, expect, it } from 'vitest';
import { findings, lateRanks, memoryReport, starvation } from '../../src/trace/index.ts';
import { MAIN, type PlantedCall, plant, usualLaunches, WATCHED } from './planted.ts';

const kinds = (found: ReturnType<typeof findings>) => found.map(one => one.kind);
const repeat = (count: number, make: (at: number) => PlantedCall[]) =>
  Array.from({ length: count }, (_, at) => make(at)).flat();

describe('what costs time beyond single calls', () => {
  it('is a sync in a hot loop, with how little lies between two', async () => {
    const reader = await plant({
      calls: repeat(200, at => [
        { fn: 'cudaLaunchKernel', at: at * 5, ms: 0.01 },
        { fn: 'cudaStreamSynchronize', at: at * 5 + 1, ms: 3 },
      ]),
    });
    const [found] = findings(reader);
    expect(found).toMatchObject({ kind: 'sync-stall', process: 'train' });
    expect(found!.wonMs).toBe(600);
    expect(found!.figures).toMatchObject({ calls: 200, launchesBetween: 1 });
    const once = await plant({
      calls: [
        ...usualLaunches(1_000),
        ...repeat(3, at => [{ fn: 'cudaStreamSynchronize', at: at * 300, ms: 200 }]),
      ],
    });
    expect(kinds(findings(once))).toEqual([]);
  });

  it('is launching itself, where thousands of short launches never wait for the GPU', async () => {
    const busy = { fn: 'cudaLaunchKernel', second: 1, count: 40_000, stored: 2, totalMs: 240 };
    const wait = { fn: 'cudaStreamSynchronize', second: 1, count: 100, stored: 0, totalMs: 20 };
    const reader = await plant({ calls: usualLaunches(2), aggregates: [busy, wait], endedMs: 3_000 });
    const [found] = findings(reader);
    expect(found!.kind).toBe('launch-bound');
    expect(found!.figures).toMatchObject({ launchesPerSecond: 40_000, launchUs: 6 });
    expect(found!.advice).toContain('CUDA graph');
    const full = await plant({
      calls: usualLaunches(2),
      aggregates: [busy, { ...wait, totalMs: 600, count: 10 }],
      endedMs: 3_000,
    });
    expect(kinds(findings(full))).toEqual([]);
  });

  it('is memory that is allocated and freed again and again, and who does it', async () => {
    const calls = repeat(100, at => [
      { fn: 'cudaMalloc', at: at * 10, ms: 1, bytes: 1 << 20, stack: ['make_buffer', 'main'] },
      { fn: 'cudaFree', at: at * 10 + 5, ms: 2, bytes: 1 << 20, frees: at * 2 },
    ]);
    const [found] = findings(await plant({ calls }));
    expect(found).toMatchObject({ kind: 'allocation-churn', wonMs: 300, figures: { allocations: 100 } });
    expect(found!.sentence).toContain('make_buffer');
    const kept = await plant({ calls: calls.filter(call => call.fn === 'cudaMalloc') });
    expect(kinds(findings(kept))).not.toContain('allocation-churn');
  });

  it('is what first calls cost, once', async () => {
    const calls = [
      { fn: 'cudaLaunchKernel', at: 0.1, ms: 400 },
      ...usualLaunches().map(c => ({ ...c, at: c.at + 500 })),
    ];
    const [found] = findings(await plant({ calls }));
    expect(found).toMatchObject({ kind: 'first-use' });
    expect(found!.wonMs).toBeCloseTo(399.99, 2);
    expect(findings(await plant({ calls: usualLaunches() }))).toEqual([]);
    const waiting = [{ at: 1, ms: 395, state: 'R', next: 7 }];
    expect(findings(await plant({ calls, switches: [...WATCHED, ...waiting] }))).toEqual([]);
  });
});

it('tells which process the kernel killed, how much it held and what it was calling', async () => {
  const reader = await plant({
    calls: [...usualLaunches(), { fn: 'cudaMallocHost', at: 900, ms: 150, bytes: 1e9 }],
    events: [{ kind: 'oom-kill', at: 1_000, pid: MAIN, other: 9, size: 12_000_000_000 }],
    processes: { [MAIN]: 'train', 9: 'loader' },
  });
  const [found] = findings(reader);
  expect(found!.kind).toBe('oom-kill');
  expect(found!.sentence).toMatch(
    /killed train.*12 GB.*loader asked for more.*cudaMallocHost, in which it was/,
  );
});

describe('a rank that comes last to collectives', () => {
  const rank = (pid: number, lateMs: number) =>
    repeat(20, at => [{ fn: 'ncclAllReduce', at: at * 100 + lateMs, ms: 0.05, pid, bytes: 4096, comm: pid }]);
  const processes = { 1: 'rank0', 2: 'rank1', 3: 'rank2' };

  it('is named, with what the others waited', async () => {
    const reader = await plant({ calls: [...rank(1, 1), ...rank(2, 31), ...rank(3, 0)], processes });
    const [found] = findings(reader);
    expect(found).toMatchObject({ kind: 'late-rank', process: 'rank1', wonMs: 600 });
    expect(found!.figures).toMatchObject({ collectives: 20, last: 20, ranks: 3, meanLateMs: 30 });
  });

  it('is none where they come together, or take turns', async () => {
    const together = await plant({ calls: [...rank(1, 0), ...rank(2, 0.2)], processes });
    expect(kinds(findings(together))).toEqual([]);
    const turns = [1, 2].flatMap(pid =>
      rank(pid, 0).map((call, at) => ({ ...call, at: call.at + (at % 2 === pid - 1 ? 20 : 0) })),
    );
    expect(kinds(findings(await plant({ calls: turns, processes })))).toEqual([]);
  });

  it('is found over several files, set beside each other by when they began', async () => {
    const started = 1_774_015_573_000_000_000n;
    const first = await plant({ calls: rank(1, 500), processes, startedAt: String(started) });
    const second = await plant({
      calls: rank(2, 40),
      processes,
      startedAt: String(started + 500_000_000n),
    });
    const [found] = lateRanks([first, second]);
    expect(found).toMatchObject({ process: 'rank1', figures: { meanLateMs: 40 } });
    expect(found!.sentence).toContain('aligned by their clocks');
  });
});

describe('memory', () => {
  const alloc = (at: number, stack: string) => ({
    fn: 'cudaMalloc',
    at,
    ms: 0.1,
    bytes: 1e6,
    stack: [stack],
  });

  it('that grows to the end and is never freed is a leak; a cache that filled up is none', async () => {
    const reader = await plant({
      calls: [
        ...repeat(40, at => [alloc(at * 100, 'remember')]),
        ...repeat(40, at => [alloc(at * 10 + 5, 'fill_cache')]),
      ],
      endedMs: 4_000,
    });
    const report = memoryReport(reader);
    expect(report.findings.map(one => [one.kind, one.figures.allocations])).toEqual([['leak', 40]]);
    expect(report.findings[0]!.sentence).toContain('cudaMalloc in remember');
    expect(report.sites).toContainEqual({
      pid: MAIN,
      process: 'train',
      site: 'fill_cache',
      fn: 'cudaMalloc',
      liveAllocations: 40,
      liveBytes: 4e7,
    });
  });

  it('that could not be had is reported with what was allocated then', async () => {
    const reader = await plant({
      calls: [alloc(1, 'load'), alloc(2, 'load'), { fn: 'cudaMalloc', at: 3, ms: 1, bytes: 8e9, ret: 2 }],
    });
    const [found] = memoryReport(reader).findings;
    expect(found).toMatchObject({ kind: 'out-of-memory', figures: { failed: 1, liveBytes: 2e6, blocks: 2 } });
  });
});

it('says that a data loader starves the GPU where its workers wait for their disk', async () => {
  const calls = repeat(5, at => [{ fn: 'cudaLaunchKernel', at: at * 200, ms: 0.01 }]);
  const processes = { [MAIN]: 'train', 7: 'pt_data_worker' };
  const reading = Array.from({ length: 8 }, (_, at) => ({
    at: at * 100,
    ms: 80,
    pid: 7,
    state: 'D',
    syscall: 17,
  }));
  const found = starvation(
    await plant({
      calls,
      switches: [...WATCHED.slice(0, 1), ...reading],
      processes,
      events: [{ kind: 'block-io', at: 10, ms: 70, pid: 7, size: 1e6, text: '259:0' }],
    }),
  );
  expect(found.verdict).toBe('likely');
  expect(found.sentence).toMatch(/pt_data_worker waited 640 ms .* for a disk \(259:0: 1 request/);
  const asleep = reading.map(one => ({ ...one, state: 'S', syscall: 202 }));
  expect(starvation(await plant({ calls, switches: asleep, processes })).verdict).toBe('no sign');
});
