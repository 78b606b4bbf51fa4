import { KvError } from '../../shared/errors.ts';
import type { Cursor } from './cursor.ts';
import type {
  AggregateRecord,
  CallClass,
  CallRecord,
  CodeRecord,
  CopyKind,
  DropCounter,
  DropRecord,
  EndRecord,
  EventKind,
  EventRecord,
  FunctionRecord,
  LibraryRecord,
  MappingRecord,
  MetaRecord,
  OffCpuRecord,
  ProcessRecord,
  StackRecord,
  TaskName,
} from './types.ts';

const MAGIC = 0x5254564b;
const VERSION = 2;
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
  'collective',
  'host',
];
const copyKinds: readonly CopyKind[] = [
  'none',
  'host-to-host',
  'host-to-device',
  'device-to-host',
  'device-to-device',
  'default',
];
const layers = ['runtime', 'runtime', 'driver', 'nccl', 'host'] as const;
const libraryKinds = ['executable', 'runtime', 'driver', 'executable', 'nccl'] as const;
const libraryStates = ['attached', 'failed', 'no-functions', 'stripped'] as const;
const eventKinds: readonly EventKind[] = [
  'unknown',
  'page-fault',
  'block-io',
  'oom-kill',
  'tcp-retransmit',
  'tcp-drop',
  'signal',
];
const NO_DEVICE = 0xffff;
const NO_DATA_TYPE = 0xff;
/** Frames of a stack: bpf/kv.h, KV_MAX_STACK; Python's are as many at most. */
const MOST_FRAMES = 64;
const changes = ['seen', 'seen', 'fork', 'exec', 'exit'] as const;
const counters: readonly DropCounter[] = [
  'calls',
  'host',
  'aggregates',
  'state',
  'unmatched',
  'stacks',
  'queue',
];
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
  const layer = layers[cursor.u8()] ?? 'runtime';
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
  const dataType = cursor.u8();
  const stack = cursor.u32();
  const peer = cursor.i32();
  const device = cursor.u16();
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
    sampled: (flags & 8) !== 0,
    stack,
    device: device === NO_DEVICE ? undefined : device,
    peer: peer < 0 ? undefined : peer,
    dataType: dataType === NO_DATA_TYPE ? undefined : dataType,
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
    inCall: (flags & 8) !== 0,
    pageFault: (flags & 16) !== 0,
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

export function readStack(cursor: Cursor): StackRecord {
  const id = cursor.u32();
  const pid = cursor.u32();
  const timeNs = cursor.u64();
  const cut = (cursor.u32() & 1) !== 0;
  const native = cursor.u16();
  const interpreted = cursor.u16();
  if (native > MOST_FRAMES || interpreted > MOST_FRAMES)
    throw new RangeError('more frames than there can be');
  const addresses = Array.from({ length: native }, () => cursor.u64());
  const python = Array.from({ length: interpreted }, () => ({ code: cursor.u32(), line: cursor.u32() }));
  return { type: 'stack', id, pid, timeNs, cut, addresses, python };
}

export function readMapping(cursor: Cursor): MappingRecord {
  return {
    type: 'mapping',
    pid: cursor.u32(),
    timeNs: cursor.u64(),
    start: cursor.u64(),
    end: cursor.u64(),
    offset: cursor.u64(),
    device: cursor.u64(),
    inode: cursor.u64(),
    path: cursor.text(),
    buildId: cursor.text(),
  };
}

export function readCode(cursor: Cursor): CodeRecord {
  return {
    type: 'code',
    id: cursor.u32(),
    pid: cursor.u32(),
    firstLine: cursor.u32(),
    name: cursor.text(),
    file: cursor.text(),
  };
}

export function readEvent(cursor: Cursor): EventRecord {
  const pid = cursor.u32();
  const tid = cursor.u32();
  const kind = eventKinds[cursor.u32()] ?? 'unknown';
  const startNs = cursor.u64();
  const durationNs = cursor.u64();
  const sizeBytes = cursor.u64();
  const address = cursor.u64();
  const device = cursor.u32();
  const code = cursor.u32();
  const other = cursor.u32();
  const port = cursor.u32();
  const remote = cursor.bytes(16);
  const comm = cursor.name(COMM_LENGTH);
  const isTcp = kind === 'tcp-retransmit' || kind === 'tcp-drop';
  return {
    type: 'event',
    kind,
    pid,
    tid,
    comm,
    startNs,
    durationNs,
    sizeBytes,
    address,
    disk: kind === 'block-io' ? `${device >>> 20}:${device & 0xfffff}` : undefined,
    code,
    other,
    remote: isTcp ? endpoint(remote, port & 0xffff) : undefined,
  };
}

function endpoint(address: Uint8Array, port: number): string {
  const isV4 =
    address.subarray(0, 10).every(byte => byte === 0) && address[10] === 0xff && address[11] === 0xff;
  if (isV4) return `${address.subarray(12).join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((address[2 * at]! << 8) | address[2 * at + 1]!).toString(16),
  );
  return `[${groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')}]:${port}`;
}
