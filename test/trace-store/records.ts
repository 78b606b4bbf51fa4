import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AggregateRecord,
  CallRecord,
  FunctionRecord,
  MetaRecord,
  OffCpuRecord,
  ProcessRecord,
  TraceRecord,
} from '../../src/trace/record/types.ts';
import { TraceWriter, type TraceWriterOptions } from '../../src/trace/store/index.ts';
import { BLANK_CALL } from '../helpers/trace.ts';

/** Small builders of what kv-tracer would send; whatever a test says nothing about is as dull as it can be. */
export const PID = 100;
export const MAX_BYTES = 1e9;

export const meta: MetaRecord = {
  type: 'meta',
  version: 2,
  startedAtUnixNs: 1_774_015_573_210_657_601n,
  startedAtMonotonicNs: 5n,
  minDurationNs: 100_000,
  cpus: 2,
  helperPid: 99,
  kernel: '6.18.0',
  uprobeMulti: true,
  host: true,
  onlyTargets: false,
};

const FUNCTIONS: ReadonlyArray<Omit<FunctionRecord, 'type' | 'id'>> = [
  { name: 'cudaMalloc', layer: 'runtime', class: 'memory' },
  { name: 'cuMemAlloc_v2', layer: 'driver', class: 'memory' },
  { name: 'cudaFree', layer: 'runtime', class: 'memory' },
  { name: 'cuMemFree_v2', layer: 'driver', class: 'memory' },
  { name: 'cudaMemGetInfo', layer: 'runtime', class: 'memory' },
  { name: 'cudaMemcpyAsync', layer: 'runtime', class: 'copy' },
  { name: 'cudaMemsetAsync', layer: 'runtime', class: 'copy' },
  { name: 'cudaLaunchKernel', layer: 'runtime', class: 'launch' },
  { name: 'cuLaunchKernel', layer: 'driver', class: 'launch' },
  { name: 'cudaStreamSynchronize', layer: 'runtime', class: 'sync' },
  { name: 'cudaEventRecord', layer: 'runtime', class: 'sync' },
  { name: 'cudaHostAlloc', layer: 'runtime', class: 'memory' },
  { name: 'ncclAllReduce', layer: 'nccl', class: 'collective' },
  { name: 'ncclCommInitRank', layer: 'nccl', class: 'context' },
  { name: 'sched_switch', layer: 'host', class: 'host' },
  { name: 'block_io', layer: 'host', class: 'host' },
];
export const functions = FUNCTIONS.map((each, id): FunctionRecord => ({ type: 'function', id, ...each }));
export const idOf = (name: string) => FUNCTIONS.findIndex(each => each.name === name);

export function call(name: string, startNs: number, more: Partial<CallRecord> = {}): CallRecord {
  const who = { pid: PID, tid: PID, function: idOf(name) };
  return { ...BLANK_CALL, ...who, startNs, durationNs: 1_000, ...more };
}

/** Inside the call of the same thread that began at `parentStartNs`. */
export const nested = (
  name: string,
  startNs: number,
  parentStartNs: number,
  more: Partial<CallRecord> = {},
) => call(name, startNs, { depth: 1, parentStartNs, parentFunction: 0, ...more });

export function offCpu(startNs: number, endNs: number, more: Partial<OffCpuRecord> = {}): OffCpuRecord {
  const other = { pid: 7, tid: 7, comm: 'other' };
  const how = { wokenNs: undefined, state: 1, preempted: false, ioWait: false, open: false };
  const where = { inCall: false, pageFault: false, syscall: -1 };
  const who = { pid: PID, tid: PID, cpuOut: 0, cpuIn: 0, next: other, last: other, waker: undefined };
  return { type: 'off-cpu', startNs, endNs, ...how, ...where, ...who, ...more };
}

export function process(change: ProcessRecord['change'], more: Partial<ProcessRecord> = {}): ProcessRecord {
  const what = { comm: 'train', command: '', cgroupPath: '', cgroup: 1, exitCode: 0 };
  return { type: 'process', change, timeNs: 0, pid: PID, parent: 1, ...what, ...more };
}

export function aggregate(name: string, timeNs: number, more: Partial<AggregateRecord>): AggregateRecord {
  const sums = { count: 0, sumNs: 0, maxNs: 0, bytes: 0, errors: 0, buckets: [] };
  const key = { pid: PID, function: idOf(name), copyKind: 'none', nested: false } as const;
  return { type: 'aggregate', timeNs, ...key, ...sums, ...more };
}

export const newPath = () => join(mkdtempSync(join(tmpdir(), 'kv-store-')), 'trace.db');

export function writeFile(records: TraceRecord[], options: Partial<TraceWriterOptions> = {}) {
  const path = newPath();
  const writer = TraceWriter.create(path, { maxBytes: MAX_BYTES, ...options });
  writer.write([meta, ...functions, ...records]);
  return { path, summary: writer.finish('test') };
}
