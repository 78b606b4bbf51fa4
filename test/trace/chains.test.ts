import { describe, expect, it } from 'vitest';
import { chains, launchGaps, memoryReport } from '../../src/trace/index.ts';
import { MAIN, type PlantedSwitch, plant, usualLaunches, WATCHED } from './planted.ts';

const slow = { fn: 'cudaLaunchKernel', at: 500, ms: 20 };
const causes = (found: ReturnType<typeof chains>) => found.map(chain => chain.cause);

describe('the cause of a slow call', () => {
  it('is who ran instead, where the thread was ready and had no CPU', async () => {
    const reader = await plant({
      calls: [...usualLaunches(), slow],
      switches: [...WATCHED, { at: 501, ms: 18, state: 'R', next: 7 }],
      processes: { [MAIN]: 'train', 7: 'backup', 9: 'idle-neighbour' },
    });
    const [chain, ...others] = chains(reader);
    expect(others).toEqual([]);
    expect(chain).toMatchObject({ cause: 'cpu-contention', calls: 1, runnableMs: 18, longestMs: 20 });
    expect(chain!.rivals).toEqual([{ pid: 7, process: 'backup', ms: 18 }]);
    expect(chain!.sentence).toContain('backup (pid 7) ran instead');
    expect(chain!.sentence).not.toContain('idle-neighbour');
    expect(chain!.ruledOut.join()).toContain('idle-neighbour never took the CPU');
  });

  it('counts a woken thread as ready only from its wakeup on', async () => {
    const reader = await plant({
      calls: [...usualLaunches(), slow],
      switches: [...WATCHED, { at: 501, ms: 18, state: 'D', runnableMs: 1, next: 7 }],
    });
    const [chain] = chains(reader);
    expect(chain).toMatchObject({ cause: 'disk', diskMs: 17, runnableMs: 1 });
    expect(chain!.sentence).toContain('disk');
  });

  it('is a lock where the thread slept, and the GPU where the call waits for it by nature', async () => {
    const asleep: PlantedSwitch = { at: 501, ms: 18 };
    const lock = await plant({ calls: [...usualLaunches(), slow], switches: [...WATCHED, asleep] });
    expect(causes(chains(lock))).toEqual(['sleep']);
    const sync = await plant({
      calls: [
        ...usualLaunches().map(call => ({ ...call, fn: 'cudaStreamSynchronize' })),
        { ...slow, fn: 'cudaStreamSynchronize' },
      ],
      switches: [...WATCHED, asleep],
    });
    expect(causes(chains(sync))).toEqual(['gpu-wait']);
  });

  it('is pageable memory where an asynchronous copy holds its caller', async () => {
    const copy = { fn: 'cudaMemcpyAsync', direction: 1, bytes: 100_000_000 } as const;
    const pageable = await plant({ calls: [{ ...copy, at: 1, ms: 20 }], switches: WATCHED });
    expect(chains(pageable)).toEqual([expect.objectContaining({ cause: 'pageable-copy' })]);
    const pinned = await plant({ calls: [{ ...copy, at: 1, ms: 0.02 }], switches: WATCHED });
    expect(chains(pinned)).toEqual([]);
  });

  it('is first use for the first call of a process only', async () => {
    const calls = usualLaunches();
    const first = { fn: 'cudaLaunchKernel', at: 0.1, ms: 0.8 };
    const reader = await plant({ calls: [first, ...calls], switches: WATCHED });
    expect(causes(chains(reader))).toEqual(['first-use']);
    const later = await plant({ calls: [...calls, slow], switches: WATCHED });
    expect(causes(chains(later))).toEqual(['on-cpu']);
  });

  it('is not claimed where the thread was not being watched', async () => {
    const reader = await plant({ calls: [...usualLaunches(), slow] });
    const [chain] = chains(reader);
    expect(chain!.cause).toBe('unknown');
    expect(chain!.sentence).toContain('cannot be said');
  });

  it('counts a driver call inside a runtime call once', async () => {
    const reader = await plant({
      calls: [...usualLaunches(), slow, { fn: 'cuLaunchKernel', at: 501, ms: 18 }],
      switches: WATCHED,
    });
    expect(chains(reader)).toEqual([
      expect.objectContaining({ fn: 'cudaLaunchKernel', calls: 1, driverMs: 18 }),
    ]);
  });
});

describe('what only looks like a cause', () => {
  const polls = Array.from({ length: 20 }, (_, at) => ({ at: 1_000 + at * 101, ms: 100 }));

  it('is the poll sleep of the same thread', async () => {
    const reader = await plant({
      calls: [...usualLaunches(), slow],
      switches: [...WATCHED, ...polls],
    });
    const [chain] = chains(reader);
    expect(chain!.cause).toBe('on-cpu');
    expect(chain!.ruledOut.join(' ')).toMatch(/20 sleeps of 100 ms are a timeout; 0 ns of them/);
  });

  it('is time off CPU of another thread at the same time', async () => {
    const reader = await plant({
      calls: [...usualLaunches(), slow],
      switches: [...WATCHED, { at: 501, ms: 18, pid: 9, state: 'R', next: 7 }],
    });
    expect(causes(chains(reader))).toEqual(['on-cpu']);
  });
});

it('shows what the process did while it launched nothing', async () => {
  const reader = await plant({
    calls: [...usualLaunches(), { fn: 'cudaLaunchKernel', at: 1_000, ms: 0.01 }],
    switches: [...WATCHED, { at: 100, ms: 800 }],
  });
  const [gap] = launchGaps(reader);
  expect(gap).toMatchObject({ pid: MAIN, offCpuMs: 800, longestOffCpuMs: 800 });
  expect(gap!.ms).toBeCloseTo(949.99, 1);
  expect(gap!.sentence).toContain('off its CPU for 800 ms');
});

it('subtracts what was freed from what was allocated', async () => {
  const reader = await plant({
    calls: [
      { fn: 'cudaMalloc', at: 1, ms: 1, bytes: 1_000_000 },
      { fn: 'cudaMalloc', at: 3, ms: 1, bytes: 3_000_000 },
      { fn: 'cudaFree', at: 5, ms: 1, bytes: 1_000_000 },
    ],
  });
  expect(memoryReport(reader).processes).toEqual([
    expect.objectContaining({ allocations: 2, allocatedBytes: 4_000_000, frees: 1, liveBytes: 3_000_000 }),
  ]);
});
