/**
 * What kv-tracer records, decoded. Times are nanoseconds since the trace began (`MetaRecord.startedAtUnixNs` says when
 * that was), durations nanoseconds, sizes bytes. Text is cleaned of control characters. Addresses and stream handles
 * are exact below 2^53, which user space stays under unless a program asks for five-level page tables.
 */
export type TraceRecord =
  | MetaRecord
  | FunctionRecord
  | LibraryRecord
  | CallRecord
  | OffCpuRecord
  | ProcessRecord
  | AggregateRecord
  | DropRecord
  | StackRecord
  | MappingRecord
  | EventRecord
  | CodeRecord
  | EndRecord;

/** Always the first record. */
export interface MetaRecord {
  type: 'meta';
  version: number;
  startedAtUnixNs: bigint;
  startedAtMonotonicNs: bigint;
  /** Calls shorter than this are in the aggregates only. */
  minDurationNs: number;
  cpus: number;
  helperPid: number;
  kernel: string;
  /** One kernel link a file, from Linux 6.6; else one perf event a probe. */
  uprobeMulti: boolean;
  /** Off-CPU stretches, forks, execs and exits are recorded. */
  host: boolean;
  /** Only chosen processes and their descendants are recorded. */
  onlyTargets: boolean;
}

/** `host`: what the kernel does, counted in aggregates. */
export type ApiLayer = 'runtime' | 'driver' | 'nccl' | 'host';
export type CallClass =
  | 'memory'
  | 'copy'
  | 'launch'
  | 'sync'
  | 'graph'
  | 'module'
  | 'stream'
  | 'context'
  | 'collective'
  | 'host'
  | 'other';

/** One function that can be probed. Its `_ptsz` and `_ptds` variants are recorded as the function itself. */
export interface FunctionRecord {
  type: 'function';
  id: number;
  name: string;
  layer: ApiLayer;
  class: CallClass;
}

/** One file that was looked at because it is CUDA's, or an executable with CUDA linked into it. */
export interface LibraryRecord {
  type: 'library';
  timeNs: number;
  /** The process it was found in; 0 when it was named on the command line. */
  pid: number;
  /** As that process names it, so inside its own mount namespace. */
  path: string;
  device: number;
  inode: number;
  kind: 'runtime' | 'driver' | 'executable' | 'nccl';
  /** `stripped`: CUDA is linked in, and there are no symbols to find it by. */
  status: 'attached' | 'failed' | 'no-functions' | 'stripped';
  /** How many functions have probes. */
  probes: number;
  errno: number;
  message: string;
  /** Hexadecimal; empty when the file has none. */
  buildId: string;
}

export type CopyKind =
  | 'none'
  | 'host-to-host'
  | 'host-to-device'
  | 'device-to-host'
  | 'device-to-device'
  | 'default';

/** One call. A call is named by `tid` and `startNs`; `parentStartNs` names the call of the same thread around it. */
export interface CallRecord {
  type: 'call';
  pid: number;
  tid: number;
  function: number;
  startNs: number;
  durationNs: number;
  /** The cudaError_t or CUresult. */
  result: number;
  sizeBytes: number;
  copyKind: CopyKind;
  /** Memory, kernel function, event, graph or communicator that the call is about; what an allocation returned. */
  address: number;
  stream: number;
  grid: readonly [number, number, number];
  block: readonly [number, number, number];
  cgroup: number;
  /** 0: outermost. */
  depth: number;
  /** 0 when `depth` is 0. */
  parentStartNs: number;
  /** undefined when `depth` is 0. */
  parentFunction: number | undefined;
  /** Time in recorded calls directly inside this one. */
  nestedNs: number;
  /** The process's first call of this function (of this copy kind, at this nesting), sent whatever it took. */
  first: boolean;
  /** The result is an error; "not ready" of a query is none. */
  failed: boolean;
  /** Shorter than `MetaRecord.minDurationNs`, and sent because every nth is. */
  sampled: boolean;
  /** Number of a StackRecord that came before; 0: none. */
  stack: number;
  /** The CUDA device that the thread had chosen last; undefined when it never chose one. */
  device: number | undefined;
  /** Root or peer rank of a collective. */
  peer: number | undefined;
  /** ncclDataType_t of a collective; `sizeBytes` has it reckoned in. */
  dataType: number | undefined;
}

/** Return addresses of a call, innermost first, and the Python functions that were running. */
export interface StackRecord {
  type: 'stack';
  id: number;
  pid: number;
  timeNs: number;
  /** There were more frames than are recorded, at the outer end. */
  cut: boolean;
  addresses: readonly number[];
  /** Innermost first; `code` is the number of a CodeRecord. */
  python: readonly { code: number; line: number }[];
}

/** A stretch of executable memory of a process. */
export interface MappingRecord {
  type: 'mapping';
  pid: number;
  timeNs: number;
  start: number;
  end: number;
  offset: number;
  device: number;
  inode: number;
  /** As the process names it; `[vdso]`, `//anon` or empty where there is no file. */
  path: string;
  buildId: string;
}

/** A Python function. */
export interface CodeRecord {
  type: 'code';
  id: number;
  pid: number;
  firstLine: number;
  /** Qualified: `Trainer.step`. */
  name: string;
  file: string;
}

export type EventKind =
  | 'page-fault'
  | 'block-io'
  | 'oom-kill'
  | 'tcp-retransmit'
  | 'tcp-drop'
  | 'signal'
  | 'unknown';

/** What the kernel did to, or for, a process. */
export interface EventRecord {
  type: 'event';
  kind: EventKind;
  /** The process and thread that it happened to; of TCP the thread that was first seen using the connection. */
  pid: number;
  tid: number;
  comm: string;
  startNs: number;
  /** 0: it has none. A page fault: the stretch off CPU inside it. Block I/O: from the queue to its end. */
  durationNs: number;
  /** Block I/O: bytes. OOM: bytes of anonymous memory that the victim held. */
  sizeBytes: number;
  /** Page fault: where. Block I/O: first sector. */
  address: number;
  /** Block I/O: the disk as `major:minor`. */
  disk: string | undefined;
  /** Page fault and block I/O: 1 is a write. TCP drop: the kernel's reason. Signal: its number. */
  code: number;
  /** OOM and signal: the process that caused it; 0 of a signal: the kernel itself. */
  other: number;
  /** TCP: the other side as `address:port`. */
  remote: string | undefined;
}

export interface TaskName {
  pid: number;
  tid: number;
  comm: string;
}

/** A stretch in which a thread did not run: it could not until `wokenNs`, and waited for a CPU from then on. */
export interface OffCpuRecord {
  type: 'off-cpu';
  pid: number;
  tid: number;
  startNs: number;
  endNs: number;
  /** undefined: nobody woke it (preempted, or the trace ended first). */
  wokenNs: number | undefined;
  /** The kernel's task state when it left: 0 runnable, 1 interruptible sleep, 2 uninterruptible. */
  state: number;
  /** It could have run on, and another was given the CPU. */
  preempted: boolean;
  ioWait: boolean;
  /** The trace ended before the stretch did; `endNs` is that moment. */
  open: boolean;
  /** It began inside a recorded call of the thread, so it was sent however short. */
  inCall: boolean;
  /** Inside a page fault of user space. */
  pageFault: boolean;
  /** x86-64 number of the system call it blocked in; -1: in none (page fault, preemption). */
  syscall: number;
  cpuOut: number;
  cpuIn: number;
  /** Ran right after it left, on that CPU. pid 0 is the idle task. */
  next: TaskName;
  /** Ran right before it came back, on the CPU it came to; undefined while `open`. */
  last: TaskName | undefined;
  /** Who woke it, or the thread that an interrupt came to; undefined when that is not known. */
  waker: TaskName | undefined;
}

export interface ProcessRecord {
  type: 'process';
  timeNs: number;
  pid: number;
  /** Of a fork. */
  parent: number;
  change: 'seen' | 'fork' | 'exec' | 'exit';
  comm: string;
  /** Up to 1,024 bytes; may hold what its owner typed, secrets included. Empty when the process was gone already. */
  command: string;
  cgroupPath: string;
  cgroup: number;
  /** Of an exit: exit code, or 128 + signal. */
  exitCode: number;
}

/**
 * All calls so far of one function by one process: a later record with the same key replaces an earlier one. The counts
 * are exact; `buckets` pairs a bucket (see `bucketRange`) with how many calls fell into it.
 */
export interface AggregateRecord {
  type: 'aggregate';
  timeNs: number;
  pid: number;
  function: number;
  copyKind: CopyKind;
  /** Calls inside another recorded call of their thread; kept apart so that no time is counted twice. */
  nested: boolean;
  count: number;
  sumNs: number;
  maxNs: number;
  bytes: number;
  errors: number;
  buckets: readonly (readonly [bucket: number, count: number])[];
}

/** `total` is cumulative for its counter and CPU. */
export interface DropRecord {
  type: 'drop';
  timeNs: number;
  counter: DropCounter;
  cpu: number;
  total: number;
}

/**
 * What is missing: `calls` and `host` found their ring full, `aggregates` found no room for a histogram, `state` are
 * calls not seen at all, `stacks` are calls recorded without theirs, `queue` are records that the reader was too slow for. `unmatched` is no loss: calls that had
 * begun when the probes were placed.
 */
export type DropCounter =
  | 'calls'
  | 'host'
  | 'aggregates'
  | 'state'
  | 'unmatched'
  | 'stacks'
  | 'queue'
  | 'unknown';

/** The last record of a trace that ended in order. */
export interface EndRecord {
  type: 'end';
  timeNs: number;
  reason: 'duration' | 'parent' | 'signal' | 'targets' | 'reader' | 'unknown';
}

/** The durations of a bucket: from `from` up to, and without, `to`. Bucket numbers as in AggregateRecord. */
export function bucketRange(bucket: number): { from: number; to: number } {
  if (bucket < 4) return { from: bucket, to: bucket + 1 };
  const step = 2 ** (Math.floor(bucket / 4) - 1);
  const from = (4 + (bucket % 4)) * step;
  return { from, to: from + step };
}
