import { KvError } from '../../shared/errors.ts';
import type { Cursor } from './cursor.ts';
import type {
  AggregateRecord,
  CallClass,
  CallRecord,
  CopyKind,
  DropCounter,
  DropRecord,
  EndRecord,
  FunctionRecord,
  LibraryRecord,
  MetaRecord,
  OffCpuRecord,
  ProcessRecord,
  TaskName,
} from './types.ts';

const MAGIC = 0x5254564b;
const VERSION = 1;
const COMM_LENGTH = 16;
/** Buckets of a histogram: bpf/kv.h, KV_BUCKETS. */
const BUCKETS = 160;

const classes: readonly CallClass[] = [
  'other',
  'memory',
  'copy',
  'launch',
  'sync',
  'graph',
  'module',
  'stream',
  'context',
];
const copyKinds: readonly CopyKind[] = [
  'none',
  'host-to-host',
  'host-to-device',
  'device-to-host',
  'device-to-device',
  'default',
];
const libraryKinds = ['executable', 'runtime', 'driver'] as const;
const libraryStates = ['attached', 'failed', 'no-functions'] as const;
const changes = ['seen', 'seen', 'fork', 'exec', 'exit'] as const;
const counters: readonly DropCounter[] = ['calls', 'host', 'aggregates', 'state', 'unmatched', 'queue'];
const reasons = ['unknown', 'duration', 'parent', 'signal', 'targets', 'reader'] as const;

export function readMeta(cursor: Cursor): MetaRecord {
  const magic = cursor.u32();
  if (magic !== MAGIC) throw new RangeError('another kind of file');
  const version = cursor.u16();
  if (version !== VERSION) {
    throw new KvError(
      'failed',
      `This kv-tracer writes version ${version} of its format, and kv reads ${VERSION}.`,
      {
        hint: 'Use the kv-tracer that belongs to this kv.',
        facts: { version },
      },
    );
  }
  const flags = cursor.u16();
  return {
    type: 'meta',
    version,
    startedAtUnixNs: cursor.bigUint64(),
    startedAtMonotonicNs: cursor.bigUint64(),
    minDurationNs: cursor.u64(),
    cpus: cursor.u32(),
    helperPid: cursor.u32(),
    kernel: cursor.text(),
    uprobeMulti: (flags & 1) !== 0,
    host: (flags & 2) !== 0,
    onlyTargets: (flags & 4) !== 0,
  };
}

export function readFunction(cursor: Cursor): FunctionRecord {
  const id = cursor.u16();
  const layer = cursor.u8() === 2 ? 'driver' : 'runtime';
  return { type: 'function', id, layer, class: classes[cursor.u8()] ?? 'other', name: cursor.text() };
}

export function readLibrary(cursor: Cursor): LibraryRecord {
  return {
    type: 'library',
    pid: cursor.u32(),
    timeNs: cursor.u64(),
    device: cursor.u64(),
    inode: cursor.u64(),
    probes: cursor.u32(),
    kind: libraryKinds[cursor.u8()] ?? 'executable',
    status: libraryStates[cursor.u8()] ?? 'failed',
    errno: cursor.u16(),
    path: cursor.text(),
    buildId: cursor.text(),
    message: cursor.text(),
  };
}

export function readCall(cursor: Cursor): CallRecord {
  const pid = cursor.u32();
  const tid = cursor.u32();
  const result = cursor.i32();
  const startNs = cursor.u64();
  const durationNs = cursor.u64();
  const parentStartNs = cursor.u64();
  const nestedNs = cursor.u64();
  const sizeBytes = cursor.u64();
  const address = cursor.u64();
  const stream = cursor.u64();
  const cgroup = cursor.u64();
  const grid = [cursor.u32(), cursor.u32(), cursor.u32()] as const;
  const block = [cursor.u32(), cursor.u32(), cursor.u32()] as const;
  const id = cursor.u16();
  const parent = cursor.u16();
  const copyKind = copyKinds[cursor.u8()] ?? 'none';
  const depth = cursor.u8();
  const flags = cursor.u8();
  return {
    type: 'call',
    pid,
    tid,
    function: id,
    startNs,
    durationNs,
    result,
    sizeBytes,
    copyKind,
    address,
    stream,
    grid,
    block,
    cgroup,
    depth,
    parentStartNs,
    parentFunction: depth > 0 ? parent : undefined,
    nestedNs,
    first: (flags & 1) !== 0,
    failed: (flags & 4) !== 0,
  };
}

const readTask = (cursor: Cursor): TaskName => ({
  pid: cursor.u32(),
  tid: cursor.u32(),
  comm: cursor.name(COMM_LENGTH),
});

export function readOffCpu(cursor: Cursor): OffCpuRecord {
  const pid = cursor.u32();
  const tid = cursor.u32();
  const state = cursor.u32();
  const startNs = cursor.u64();
  const endNs = cursor.u64();
  const wokenNs = cursor.u64();
  const syscall = cursor.i32();
  const cpuOut = cursor.u16();
  const cpuIn = cursor.u16();
  const flags = cursor.u32();
  cursor.u32();
  const next = readTask(cursor);
  const last = readTask(cursor);
  const waker = readTask(cursor);
  const open = (flags & 4) !== 0;
  return {
    type: 'off-cpu',
    pid,
    tid,
    startNs,
    endNs,
    wokenNs: wokenNs > 0 ? wokenNs : undefined,
    state,
    preempted: (flags & 1) !== 0,
    ioWait: (flags & 2) !== 0,
    open,
    syscall,
    cpuOut,
    cpuIn,
    next,
    last: open ? undefined : last,
    waker: waker.comm === '' ? undefined : waker,
  };
}

export function readProcess(cursor: Cursor): ProcessRecord {
  const pid = cursor.u32();
  const parent = cursor.u32();
  const change = changes[cursor.u32()] ?? 'seen';
  const timeNs = cursor.u64();
  const cgroup = cursor.u64();
  const status = cursor.i32();
  cursor.u32();
  const comm = cursor.name(COMM_LENGTH);
  const command = cursor.text();
  const cgroupPath = cursor.text();
  const signal = status & 0x7f;
  const exitCode = signal ? 128 + signal : (status >> 8) & 0xff;
  return { type: 'process', timeNs, pid, parent, change, comm, command, cgroupPath, cgroup, exitCode };
}

export function readAggregate(cursor: Cursor): AggregateRecord {
  const pid = cursor.u32();
  const id = cursor.u16();
  const copyKind = copyKinds[cursor.u8()] ?? 'none';
  const nested = cursor.u8() !== 0;
  const timeNs = cursor.u64();
  const sumNs = cursor.u64();
  const maxNs = cursor.u64();
  const bytes = cursor.u64();
  const errors = cursor.u64();
  const used = cursor.u32();
  if (used > BUCKETS) throw new RangeError('more buckets than there are');
  const buckets: (readonly [number, number])[] = [];
  let count = 0;
  for (let i = 0; i < used; i++) {
    const bucket = [cursor.u32(), cursor.u32()] as const;
    if (bucket[0] >= BUCKETS) throw new RangeError('a bucket that does not exist');
    buckets.push(bucket);
    count += bucket[1];
  }
  return {
    type: 'aggregate',
    timeNs,
    pid,
    function: id,
    copyKind,
    nested,
    count,
    sumNs,
    maxNs,
    bytes,
    errors,
    buckets,
  };
}

export function readDrop(cursor: Cursor): DropRecord {
  const counter = counters[cursor.u32()] ?? 'unknown';
  const cpu = cursor.u32();
  return { type: 'drop', timeNs: cursor.u64(), counter, cpu, total: cursor.u64() };
}

export function readEnd(cursor: Cursor): EndRecord {
  const reason = reasons[cursor.u32()] ?? 'unknown';
  return { type: 'end', timeNs: cursor.u64(), reason };
}
