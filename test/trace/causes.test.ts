import { describe, expect, it } from 'vitest';
import { chains } from '../../src/trace/index.ts';
import { MAIN, type Planted, type PlantedSwitch, plant, usualLaunches, WATCHED } from './planted.ts';

const slow = { fn: 'cudaLaunchKernel', at: 500, ms: 20 };

/** The one chain of a trace in which a launch took 20 ms and its thread did this. */
async function caused(during: PlantedSwitch[], more: Partial<Planted> = {}) {
  const reader = await plant({
    calls: [...usualLaunches(), slow],
    switches: [...WATCHED, ...during],
    ...more,
  });
  const found = chains(reader);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('a slow launch whose thread was off its CPU', () => {
  it('waited for a page fault, and the disk that served it is named', async () => {
    const chain = await caused([{ at: 501, ms: 18, state: 'D', syscall: null }], {
      events: [
        { kind: 'block-io', at: 502, ms: 15, size: 4096, text: '259:0' },
        { kind: 'block-io', at: 5_000, ms: 90, size: 4096, text: '8:16' },
      ],
    });
    expect(chain).toMatchObject({ cause: 'page-fault', pageFaultMs: 18, diskMs: 0 });
    expect(chain.disks).toEqual([{ disk: '259:0', requests: 1, bytes: 4096, longestMs: 15 }]);
    expect(chain.sentence).toMatch(/touched memory that was not there.*disk 259:0 served 1 request/);
  });

  it('waited for a disk in a read', async () => {
    const chain = await caused([{ at: 501, ms: 18, state: 'D', syscall: 17 }]);
    expect(chain.cause).toBe('disk');
    expect(chain.sentence).toContain('for a disk in pread64');
  });

  it('waited for a lock, and who let go of it is named', async () => {
    const chain = await caused([{ at: 501, ms: 18, syscall: 202, waker: 7 }], {
      processes: { [MAIN]: 'train', 7: 'logger' },
    });
    expect(chain).toMatchObject({
      cause: 'lock',
      wakers: [{ pid: 7, process: 'logger', ms: 18 }],
      syscalls: [{ name: 'futex', ms: 18 }],
    });
    expect(chain.sentence).toContain('for a lock in futex, until logger (pid 7) let go of it');
    expect(chain.ruledOut.join()).toMatch(/CPU contention.*0 ns only/);
  });

  it.each([
    [232, 'input', 'a pipe, a socket or another file in epoll_wait'],
    [16, 'driver', "inside the GPU's driver in ioctl"],
    [230, 'sleep', 'in clock_nanosleep'],
  ])('waited in system call %i: %s', async (syscall, cause, words) => {
    const chain = await caused([{ at: 501, ms: 18, syscall }]);
    expect(chain.cause).toBe(cause);
    expect(chain.sentence).toContain(words);
  });

  it('waited for a CPU after it was woken, and who had it until then is named', async () => {
    const chain = await caused([{ at: 501, ms: 18, runnableMs: 17, next: 8, last: 7 }], {
      processes: { [MAIN]: 'train', 7: 'backup', 8: 'idle-neighbour' },
    });
    expect(chain.cause).toBe('cpu-contention');
    expect(chain.rivals.map(rival => rival.process)).toEqual(['backup']);
    expect(chain.ruledOut.join()).toContain('idle-neighbour never took the CPU');
  });

  it('was held back by a quota where no other thread had its CPU', async () => {
    const chain = await caused([{ at: 501, ms: 18, state: 'R', next: 0, last: 0 }]);
    expect(chain).toMatchObject({ cause: 'cpu-quota', rivals: [] });
  });
});

describe('what must not be blamed', () => {
  it('is kv itself: where its recorder had the CPU, that is said and no program is accused', async () => {
    const processes = { [MAIN]: 'train', 7: 'kv-tracer', 9: 'backup' };
    const chain = await caused([{ at: 501, ms: 18, state: 'R', next: 7 }], { processes });
    expect(chain).toMatchObject({ cause: 'recorder', rivals: [] });
    expect(chain.sentence).toContain('the cost of recording and not of the program');
    const partly = await caused(
      [
        { at: 501, ms: 2, state: 'R', next: 7 },
        { at: 504, ms: 15, state: 'R', next: 9 },
      ],
      { processes },
    );
    expect(partly.rivals.map(rival => rival.process)).toEqual(['backup']);
    expect(partly.ruledOut.join()).toContain('kv itself: its recorder had the CPU for 2 ms of 17 ms');
  });

  it('is a disk that others use meanwhile', async () => {
    const chain = await caused([], { events: [{ kind: 'block-io', at: 501, ms: 18, pid: 9, text: '8:0' }] });
    expect(chain).toMatchObject({ cause: 'on-cpu', disks: [] });
  });

  it('is the CPU where the first call initialises', async () => {
    const reader = await plant({
      calls: [
        { fn: 'cudaLaunchKernel', at: 0.1, ms: 80 },
        ...usualLaunches().map(c => ({ ...c, at: c.at + 100 })),
      ],
      switches: [...WATCHED, { at: 1, ms: 2, state: 'R', next: 7 }],
    });
    expect(chains(reader).map(chain => chain.cause)).toEqual(['first-use']);
  });
});

describe('a wait for the GPU', () => {
  const syncs = Array.from({ length: 10 }, (_, at) => ({
    fn: 'cudaStreamSynchronize',
    at: at + 1,
    ms: 0.01,
  }));

  it('names what was queued on the same stream since the wait before', async () => {
    const reader = await plant({
      calls: [
        ...syncs.map(call => ({ ...call, stream: 3 })),
        { fn: 'cudaLaunchKernel', at: 100, ms: 0.01, stream: 4, kernel: 'other_stream' },
        { fn: 'cudaLaunchKernel', at: 101, ms: 0.01, stream: 3, kernel: 'gemm' },
        { fn: 'cudaLaunchKernel', at: 102, ms: 0.01, stream: 3, kernel: 'gemm' },
        { fn: 'cudaMemcpyAsync', at: 103, ms: 0.01, stream: 3, bytes: 5_000_000, direction: 1 },
        { fn: 'cudaStreamSynchronize', at: 104, ms: 40, stream: 3 },
      ],
      switches: WATCHED,
    });
    const chain = chains(reader).find(one => one.cause === 'gpu-wait')!;
    expect(chain.queued).toEqual({
      launches: 2,
      kernels: [{ name: 'gemm', launches: 2 }],
      copies: 1,
      bytes: 5_000_000,
      collectives: 0,
    });
    expect(chain.sentence).toContain('2 launches (gemm ×2) and 1 copy of 5 MB');
    expect(chain.sentence).not.toContain('other_stream');
  });

  it('says nothing of work that was waited for before', async () => {
    const reader = await plant({
      calls: [
        { fn: 'cudaLaunchKernel', at: 0.5, ms: 0.01, kernel: 'gemm' },
        ...syncs,
        { fn: 'cudaStreamSynchronize', at: 104, ms: 40 },
      ],
      switches: WATCHED,
    });
    expect(chains(reader)[0]!.queued).toBeUndefined();
  });
});

it('blames lost packets for a collective that waited for the network', async () => {
  const calls = Array.from({ length: 20 }, (_, at) => ({ fn: 'ncclAllReduce', at: at * 10, ms: 0.02 }));
  const late = { fn: 'ncclAllReduce', at: 300, ms: 210 };
  const wait = { at: 301, ms: 208, syscall: 232 };
  const lost = await plant({
    calls: [...calls, late],
    switches: [...WATCHED, wait],
    events: [{ kind: 'tcp-retransmit', at: 400, text: '10.0.0.7:4791' }],
  });
  expect(chains(lost)[0]).toMatchObject({ cause: 'network' });
  expect(chains(lost)[0]!.sentence).toContain('1 packet of the process had to be sent again');
  const neighbour = await plant({
    calls: [...calls, late],
    switches: [...WATCHED, wait],
    events: [{ kind: 'tcp-retransmit', at: 400, pid: 9 }],
  });
  expect(chains(neighbour)[0]!.cause).toBe('input');
});

it('names the driver call in which a slow call spent its time', async () => {
  const reader = await plant({
    calls: [...usualLaunches(), slow, { fn: 'cuModuleLoadData', at: 501, ms: 18 }],
    switches: WATCHED,
  });
  const [chain] = chains(reader);
  expect(chain!.inside).toEqual([{ fn: 'cuModuleLoadData', ms: 18 }]);
  expect(chain!.sentence).toContain('90 % of it in cuModuleLoadData');
});
