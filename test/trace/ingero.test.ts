import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aggregateSums,
  aggregateTotals,
  chains,
  functionStats,
  launchGaps,
  memoryReport,
  openTrace,
  processes,
  starvation,
  storedChains,
  summarizeStored,
  type TraceReader,
} from '../../src/trace/index.ts';

const fixture = (name: string) => new URL(`../fixtures/traces/${name}.db`, import.meta.url).pathname;

describe('a starved data loader (RTX 4090, 4 cores)', () => {
  let reader: TraceReader;
  beforeAll(async () => {
    reader = await openTrace(fixture('pytorch-dataloader-starvation'));
  });
  afterAll(() => reader.close());

  it('counts switches and page allocations from the aggregates', () => {
    const totals = new Map(aggregateTotals(reader).map(row => [row.fn, row]));
    expect(totals.get('sched_switch')!.count).toBe(191_835);
    expect(totals.get('mm_page_alloc')).toMatchObject({ count: 1_430_581, bytes: 5_861_011_456 });
    const switches = Map.groupBy(
      aggregateSums(reader).filter(row => row.fn === 'sched_switch'),
      row => row.process,
    );
    const of = (process: string) => switches.get(process)!.reduce((sum, row) => sum + row.count, 0);
    expect([of('pt_data_worker'), of('python3'), of('pt_data_pin')]).toEqual([115_529, 58_211, 18_093]);
  });

  it('finds the longest copy and the bandwidth of the large ones', () => {
    const { copies, longestCopies } = memoryReport(reader);
    expect(longestCopies[0]).toMatchObject({
      fn: 'cudaMemcpyAsync',
      bytes: 419_430_400,
      direction: 'HtoD',
      ms: 65.0004,
    });
    expect(copies[0]!.large).toEqual({ copies: 8, bytes: 3_219_430_400, ms: 440.777 });
  });

  it('says that the loader starves the GPU, with the load of the CPUs', () => {
    const found = starvation(reader);
    expect(found.verdict).toBe('likely');
    expect(found.cpuAveragePct).toBeCloseTo(78.5, 1);
    expect(found.cpuMaximumPct).toBe(100);
    expect(found.sentence).toContain('pt_data_worker');
    expect(found.sentence).toContain('4 cores');
  });

  it('blames the copies on pageable memory and the slow launch on first use', () => {
    const causes = chains(reader).map(chain => [chain.fn, chain.cause, chain.calls]);
    expect(causes).toContainEqual(['cudaMemcpyAsync', 'pageable-copy', 8]);
    expect(causes).toContainEqual(['cudaLaunchKernel', 'first-use', 1]);
    expect(causes.filter(([, cause]) => cause === 'cpu-contention' || cause === 'off-cpu')).toEqual([]);
  });

  it('refutes the stored chains, none of which overlaps time off CPU', () => {
    const stored = storedChains(reader);
    expect(summarizeStored(stored)).toMatchObject({ total: 316, holds: 0, refuted: 316, unverifiable: 0 });
    expect(stored[0]!.offCpuMs).toBe(0);
    expect(stored[0]!.why).toContain('before the thread');
  });
});

describe('one request that blocks the others (vLLM)', () => {
  let reader: TraceReader;
  beforeAll(async () => {
    reader = await openTrace(fixture('vllm-reduced'));
  });
  afterAll(() => reader.close());

  it('counts events, CUDA calls and switches', () => {
    const [events] = reader.query<{ n: number }>('SELECT count(*) AS n FROM events');
    expect(events!.n).toBe(10_869);
    const cuda = functionStats(reader).filter(row => row.layer === 'runtime' || row.layer === 'driver');
    expect(cuda.reduce((sum, row) => sum + row.calls, 0)).toBe(3_000);
    expect(reader.info.switches).toBe(7_757);
    expect(aggregateTotals(reader)).toEqual([]);
    const engine = processes(reader).find(row => row.name === 'VLLM::EngineCor')!;
    expect(engine).toMatchObject({ switches: 7_643, longestOffCpuMs: 4_470.96 });
  });

  it('finds the longest gap and what the thread did in it', () => {
    const [gap] = launchGaps(reader);
    expect(gap!.ms).toBeCloseTo(8_666, -1);
    expect(gap!.fromMs / 1000).toBeCloseTo(5.04, 2);
    expect(gap!.longestOffCpuMs).toBe(4_470.96);
  });

  it('takes the sleeps of 100 ms for polling', () => {
    const poller = processes(reader).find(row => row.polls.length > 0)!;
    expect(poller.name).toBe('python3');
    expect(poller.polls).toEqual([expect.objectContaining({ timeoutMs: 100, count: 87 })]);
  });

  it('says of the slowest launch that its thread was never off the CPU', () => {
    const launch = functionStats(reader).find(row => row.fn === 'cudaLaunchKernel')!;
    expect(launch.maxMs).toBe(70.8476);
    expect(launch.maxAtMs / 1000).toBeCloseTo(4.916, 3);
    const alone = chains(reader, { fromMs: 4_915.8, toMs: 4_915.9 });
    expect(alone).toEqual([expect.objectContaining({ cause: 'on-cpu', offCpuMs: 0, longestMs: 70.8476 })]);
    expect(alone[0]!.ruledOut[0]).toContain('CPU contention');
  });

  it('refutes the stored chains by the overlap on the own thread', () => {
    const stored = storedChains(reader);
    expect(stored.map(chain => chain.verdict)).toEqual(stored.map(() => 'refuted'));
    expect(stored.find(chain => chain.fn === 'cudaLaunchKernel')!.why).toContain('254 µs of 127 ms');
  });
});

describe('a node of a fleet without CUDA rows', () => {
  it('names the straggler’s chains, and says that they cannot be rechecked', async () => {
    const reader = await openTrace(fixture('sample-gpu-node-01'));
    const stored = storedChains(reader);
    expect(stored.map(chain => chain.verdict)).toEqual(stored.map(() => 'unverifiable'));
    const drop = stored.find(chain => chain.id.includes('drop'))!;
    expect(drop.summary).toContain('dropped 64%');
    expect(drop.summary).toContain('1479 sched_switch');
    expect(functionStats(reader).filter(row => row.layer === 'runtime' || row.layer === 'driver')).toEqual(
      [],
    );
    expect(reader.info.host).toBe('gpu-node-01');
    reader.close();
  });
});
