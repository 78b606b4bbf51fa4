import { Buffer } from 'node:buffer';
import type {
  AggregateRecord,
  CallRecord,
  EndRecord,
  FunctionRecord,
  MetaRecord,
  OffCpuRecord,
  ProcessRecord,
  TaskName,
  TraceRecord,
} from '../../src/trace/record/types.ts';

/** The records that the workload is made of. */
type Encodable =
  | MetaRecord
  | FunctionRecord
  | CallRecord
  | OffCpuRecord
  | ProcessRecord
  | AggregateRecord
  | EndRecord;

const WORD = 2 ** 32;
const LAYERS = ['', 'runtime', 'driver', 'nccl', 'host'];
const CLASSES = [
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
const COPIES = ['none', 'host-to-host', 'host-to-device', 'device-to-host', 'device-to-device', 'default'];
const REASONS = ['unknown', 'duration', 'parent', 'signal', 'targets', 'reader'];

/** No record of the workload is longer. */
const LONGEST = 4_096;

/** Records one after another, field by field, as native/README.md has them. */
class Fields {
  #bytes = Buffer.alloc(16 * LONGEST);
  #begun = 0;
  #at = 0;

  u8 = (value: number) => this.#put(1, at => this.#bytes.writeUInt8(value, at));
  u16 = (value: number) => this.#put(2, at => this.#bytes.writeUInt16LE(value, at));
  u32 = (value: number) => this.#put(4, at => this.#bytes.writeUInt32LE(value, at));
  i32 = (value: number) => this.#put(4, at => this.#bytes.writeInt32LE(value, at));
  comm = (value: string) => this.#put(16, at => this.#bytes.write(value, at, 15));
  task = ({ pid, tid, comm }: TaskName) => this.u32(pid).u32(tid).comm(comm);

  u64(value: number | bigint): this {
    if (typeof value === 'number') return this.u32(value % WORD).u32(Math.floor(value / WORD));
    return this.#put(8, at => this.#bytes.writeBigUInt64LE(value, at));
  }

  text(value: string): this {
    this.u16(Buffer.byteLength(value));
    return this.#put(Buffer.byteLength(value), at => this.#bytes.write(value, at));
  }

  begin(): this {
    if (this.#bytes.length - this.#at < LONGEST)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    this.#begun = this.#at;
    return this.u32(0);
  }

  end(): void {
    this.#bytes.writeUInt32LE(this.#at - this.#begun - 4, this.#begun);
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #put(length: number, write: (at: number) => void): this {
    write(this.#at);
    this.#at += length;
    return this;
  }
}

/** Records as the bytes that kv-tracer sends for them. */
export function encode(records: readonly TraceRecord[]): Buffer {
  const to = new Fields();
  for (const record of records) {
    add(to.begin(), record as Encodable);
    to.end();
  }
  return to.done();
}

function add(to: Fields, record: Encodable): Fields {
  switch (record.type) {
    case 'meta':
      to.u32(1).u32(0x5254564b).u16(record.version);
      to.u16((record.uprobeMulti ? 1 : 0) | (record.host ? 2 : 0) | (record.onlyTargets ? 4 : 0));
      to.u64(record.startedAtUnixNs).u64(record.startedAtMonotonicNs).u64(record.minDurationNs);
      return to.u32(record.cpus).u32(record.helperPid).text(record.kernel);
    case 'function':
      to.u32(2).u16(record.id).u8(LAYERS.indexOf(record.layer)).u8(CLASSES.indexOf(record.class));
      return to.text(record.name);
    case 'call':
      return call(to, record);
    case 'off-cpu':
      return offCpu(to, record);
    case 'process':
      to.u32(6)
        .u32(record.pid)
        .u32(record.parent)
        .u32(['', 'seen', 'fork', 'exec', 'exit'].indexOf(record.change));
      to.u64(record.timeNs)
        .u64(record.cgroup)
        .i32(record.exitCode << 8)
        .u32(0)
        .comm(record.comm);
      return to.text(record.command).text(record.cgroupPath);
    case 'aggregate':
      to.u32(7).u32(record.pid).u16(record.function).u8(COPIES.indexOf(record.copyKind));
      to.u8(record.nested ? 1 : 0)
        .u64(record.timeNs)
        .u64(record.sumNs)
        .u64(record.maxNs)
        .u64(record.bytes);
      to.u64(record.errors).u32(record.buckets.length);
      for (const [bucket, count] of record.buckets) to.u32(bucket).u32(count);
      return to;
    case 'end':
      return to.u32(9).u32(REASONS.indexOf(record.reason)).u64(record.timeNs);
    default:
      record satisfies never;
      throw new Error('no such record');
  }
}

function call(to: Fields, record: CallRecord): Fields {
  to.u32(4).u32(record.pid).u32(record.tid).i32(record.result).u64(record.startNs).u64(record.durationNs);
  to.u64(record.parentStartNs).u64(record.nestedNs).u64(record.sizeBytes).u64(record.address);
  to.u64(record.stream).u64(record.cgroup);
  for (const size of [...record.grid, ...record.block]) to.u32(size);
  to.u16(record.function)
    .u16(record.parentFunction ?? 0)
    .u8(COPIES.indexOf(record.copyKind))
    .u8(record.depth);
  to.u8(
    (record.first ? 1 : 0) | (record.depth > 0 ? 2 : 0) | (record.failed ? 4 : 0) | (record.sampled ? 8 : 0),
  );
  to.u8(record.dataType ?? 0xff)
    .u32(record.stack)
    .i32(record.peer ?? -1);
  return to
    .u16(record.device ?? 0xffff)
    .u16(0)
    .u32(0);
}

function offCpu(to: Fields, record: OffCpuRecord): Fields {
  const nobody = { pid: 0, tid: 0, comm: '' };
  to.u32(5).u32(record.pid).u32(record.tid).u32(record.state).u64(record.startNs).u64(record.endNs);
  to.u64(record.wokenNs ?? 0)
    .i32(record.syscall)
    .u16(record.cpuOut)
    .u16(record.cpuIn);
  const flags = [record.preempted, record.ioWait, record.open, record.inCall, record.pageFault];
  to.u32(flags.reduce((bits, flag, at) => bits | (Number(flag) << at), 0)).u32(0);
  return to
    .task(record.next)
    .task(record.last ?? nobody)
    .task(record.waker ?? nobody);
}
