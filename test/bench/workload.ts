import type {
  AggregateRecord,
  ApiLayer,
  CallClass,
  CallRecord,
  FunctionRecord,
  MetaRecord,
  OffCpuRecord,
  ProcessRecord,
  TraceRecord,
} from '../../src/trace/record/types.ts';
import { BLANK_CALL } from '../helpers/trace.ts';

/**
 * A training loop as kv-tracer would record it with --all: processes of a few threads, each step a copy in, launches,
 * a copy out and a wait, with the driver's call inside each of the runtime's; allocations and their frees; threads off
 * their CPU while they wait, and now and then because another ran. Deterministic.
 */
export interface Workload {
  /** Calls, nested ones included. */
  calls: number;
  processes?: number;
  /** Of each process. */
  threads?: number;
}

const FUNCTIONS: ReadonlyArray<readonly [name: string, layer: ApiLayer, of: CallClass]> = [
  ['cudaLaunchKernel', 'runtime', 'launch'],
  ['cuLaunchKernel', 'driver', 'launch'],
  ['cudaMemcpyAsync', 'runtime', 'copy'],
  ['cuMemcpyHtoDAsync_v2', 'driver', 'copy'],
  ['cudaStreamSynchronize', 'runtime', 'sync'],
  ['cuStreamSynchronize', 'driver', 'sync'],
  ['cudaMalloc', 'runtime', 'memory'],
  ['cuMemAlloc_v2', 'driver', 'memory'],
  ['cudaFree', 'runtime', 'memory'],
  ['cuMemFree_v2', 'driver', 'memory'],
];
const LAUNCH = 0;
const COPY = 2;
const SYNC = 4;
const ALLOC = 6;
const FREE = 8;
const LAUNCHES_PER_STEP = 20;
const FIRST_PID = 41_000;

export const META: MetaRecord = {
  type: 'meta',
  version: 2,
  startedAtUnixNs: 1_774_015_573_210_657_601n,
  startedAtMonotonicNs: 1_000_000_000n,
  minDurationNs: 0,
  cpus: 8,
  helperPid: 40_999,
  kernel: '6.18.0',
  uprobeMulti: true,
  host: true,
  onlyTargets: true,
};

interface Thread {
  pid: number;
  tid: number;
  nowNs: number;
  stream: number;
  steps: number;
}

/** Records in the order in which the recorder sends them, in portions of about a step of every thread. */
export function* workload({ calls, processes = 2, threads = 4 }: Workload): Generator<TraceRecord[]> {
  const random = randomOf(42);
  const all = Array.from({ length: processes * threads }, (_, at): Thread => {
    const pid = FIRST_PID + Math.floor(at / threads) * 1_000;
    return {
      pid,
      tid: pid + (at % threads),
      nowNs: 1e6 + at * 1e4,
      stream: 0x7f0000001000 + at * 64,
      steps: 0,
    };
  });
  yield [
    META,
    ...FUNCTIONS.map(
      ([name, layer, of], id): FunctionRecord => ({ type: 'function', id, name, layer, class: of }),
    ),
  ];
  yield [...new Set(all.map(({ pid }) => pid))].map(seen);
  let left = calls;
  const sums = new Sums();
  while (left > 0) {
    const records: TraceRecord[] = [];
    for (const thread of all) {
      if (left <= 0) break;
      const own = step(thread, random);
      const called = own.filter(record => record.type === 'call').length;
      records.push(...own);
      left -= called;
    }
    const atNs = Math.min(...all.map(({ nowNs }) => nowNs));
    sums.add(records);
    yield records;
    const due = sums.due(atNs);
    if (due.length > 0) yield due;
  }
  const endNs = Math.max(...all.map(({ nowNs }) => nowNs));
  yield [...sums.all(endNs), { type: 'end', timeNs: endNs, reason: 'targets' }];
}

function step(thread: Thread, random: () => number): TraceRecord[] {
  const records: TraceRecord[] = [];
  const jitter = (ns: number) => Math.round(ns * (0.7 + 0.6 * random()));
  const isFirst = thread.steps === 0;
  const call = (fn: number, ns: number, more: Partial<CallRecord> = {}) => {
    const startNs = thread.nowNs + jitter(1_500);
    const durationNs = isFirst ? jitter(ns * 50) : jitter(random() < 0.001 ? ns * 40 : ns);
    const driverNs = Math.round(durationNs * 0.8);
    const common = { ...BLANK, ...more, pid: thread.pid, tid: thread.tid, first: isFirst };
    const nested = {
      function: fn + 1,
      startNs: startNs + Math.round(durationNs * 0.1),
      durationNs: driverNs,
    };
    records.push({ ...common, ...nested, depth: 1, parentStartNs: startNs, parentFunction: fn });
    records.push({ ...common, function: fn, startNs, durationNs, nestedNs: driverNs });
    thread.nowNs = startNs + durationNs;
    return records.at(-1) as CallRecord;
  };
  const { stream } = thread;
  const pointer = 0x7f4000000000 + (thread.tid % 4_096) * 0x1000000;
  const allocates = thread.steps % 25 === 0;
  if (allocates) call(ALLOC, 90_000, { address: pointer, sizeBytes: 4 << 20, stream: 0 });
  call(COPY, 12_000, { sizeBytes: 1 << 20, copyKind: 'host-to-device', stream });
  for (let at = 0; at < LAUNCHES_PER_STEP; at++) {
    call(LAUNCH, 6_000, { address: 0x401000 + at * 64, stream, grid: [64, 1, 1], block: [256, 1, 1] });
    if (random() < 0.002) records.push(preempted(thread, jitter(4e6)));
  }
  call(COPY, 15_000, { sizeBytes: 4_096, copyKind: 'device-to-host', stream });
  const wait = call(SYNC, 800_000, { stream });
  records.push(asleep(thread, wait));
  if (allocates) call(FREE, 60_000, { address: pointer, stream: 0 });
  thread.steps += 1;
  return records;
}

const BLANK: CallRecord = { ...BLANK_CALL, device: 0 };

const IDLE = { pid: 0, tid: 0, comm: 'swapper/0' };

/** Its thread slept in an ioctl for most of the wait. */
function asleep({ pid, tid }: Thread, { startNs, durationNs }: CallRecord): OffCpuRecord {
  const from = startNs + Math.round(durationNs * 0.2);
  const endNs = startNs + Math.round(durationNs * 0.9);
  const common = { type: 'off-cpu', pid, tid, cpuOut: 1, cpuIn: 1, next: IDLE, last: IDLE } as const;
  const how = { state: 1, preempted: false, ioWait: false, open: false, inCall: true, pageFault: false };
  return { ...common, ...how, syscall: 16, waker: IDLE, startNs: from, endNs, wokenNs: endNs - 20_000 };
}

/** Another program had the CPU between two calls. */
function preempted(thread: Thread, ns: number): OffCpuRecord {
  const startNs = thread.nowNs;
  thread.nowNs += ns;
  const { pid, tid } = thread;
  const other = { pid: 900, tid: 900, comm: 'stress-ng' };
  const common = { type: 'off-cpu', pid, tid, cpuOut: 1, cpuIn: 1, next: other, last: other } as const;
  const how = { state: 0, preempted: true, ioWait: false, open: false, inCall: false, pageFault: false };
  const alone = { syscall: -1, waker: undefined, wokenNs: undefined };
  return { ...common, ...how, ...alone, startNs, endNs: thread.nowNs };
}

function seen(pid: number): ProcessRecord {
  const who = { comm: 'python', command: `python train.py --rank ${(pid - FIRST_PID) / 1_000}`, parent: 1 };
  const where = { cgroup: 1, cgroupPath: '/kubepods/train' };
  return { type: 'process', timeNs: 0, pid, change: 'seen', exitCode: 0, ...who, ...where };
}

/** The histograms that the kernel would have kept. */
class Sums {
  readonly #byKey = new Map<string, AggregateRecord & { counts: number[] }>();
  #sentNs = 0;

  add(records: readonly TraceRecord[]): void {
    for (const record of records) if (record.type === 'call') this.#call(record);
  }

  due(atNs: number): AggregateRecord[] {
    if (atNs - this.#sentNs < 1e9) return [];
    return this.all(atNs);
  }

  all(atNs: number): AggregateRecord[] {
    this.#sentNs = atNs;
    return [...this.#byKey.values()].map(({ counts, ...own }) => ({
      ...own,
      timeNs: atNs,
      buckets: counts.flatMap((count, bucket) => (count ? [[bucket, count] as const] : [])),
    }));
  }

  #call({ pid, function: fn, copyKind, depth, durationNs, sizeBytes }: CallRecord): void {
    const key = `${pid} ${fn} ${copyKind} ${depth}`;
    let own = this.#byKey.get(key);
    if (!own) {
      const sums = { count: 0, sumNs: 0, maxNs: 0, bytes: 0, errors: 0, buckets: [], counts: [] };
      own = { type: 'aggregate', timeNs: 0, pid, function: fn, copyKind, nested: depth > 0, ...sums };
      this.#byKey.set(key, own);
    }
    own.count += 1;
    own.sumNs += durationNs;
    own.maxNs = Math.max(own.maxNs, durationNs);
    own.bytes += sizeBytes;
    const octave = Math.floor(Math.log2(durationNs));
    const bucket = (octave - 1) * 4 + (Math.floor(durationNs / 2 ** (octave - 2)) % 4);
    own.counts[bucket] = (own.counts[bucket] ?? 0) + 1;
  }
}

/** Numbers from 0 to 1: mulberry32, by Tommy Ettinger. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
