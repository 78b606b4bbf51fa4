import { isRecorder } from './recorder-itself.ts';
import { LARGE_COPY, type SlowCall } from './slow-calls.ts';
import { type WaitsFor, waitsFor } from './syscalls.ts';

/** Why a call was slow, as far as the trace shows it. */
export const CAUSES = [
  /** Ready to run, and other threads had the CPUs. */
  'cpu-contention',
  /** Ready to run, and no other thread had its CPU: a quota, or a core that woke up. */
  'cpu-quota',
  /** Ready to run, and kv itself had the CPU. */
  'recorder',
  /** Waiting for a disk. */
  'disk',
  /** Waiting for memory that had to be read in or found. */
  'page-fault',
  /** Asleep until another thread let go of a lock. */
  'lock',
  /** Asleep until a pipe, a socket or another file had something. */
  'input',
  /** Asleep in a call to the driver. */
  'driver',
  /** Asleep for another reason: a timer, a child, or the file does not say. */
  'sleep',
  /** Off its CPU; the file does not say for what. */
  'off-cpu',
  /** A collective, or what waited for one, while packets of its process were lost. */
  'network',
  /** A sync, or a copy back to the host: it waits for the GPU by its nature. */
  'gpu-wait',
  /** An asynchronous copy that held its caller as long as the transfer took: the memory is not pinned. */
  'pageable-copy',
  /** A copy that takes its time by its size. */
  'copy-size',
  /** The first call of its function in the process: initialisation. */
  'first-use',
  /** The thread ran all the time: the time goes to the call itself. */
  'on-cpu',
  /** The switches of the thread were not recorded then. */
  'unknown',
] as const;

export type Cause = (typeof CAUSES)[number];

/** From this share on, what a thread did is what a call waited for. */
const MOST = 0.5;
/** A first call this many times the median did something that later ones need not. */
const INITIALISES = 3;
/** No link copies faster; an asynchronous call that returns sooner left the copy to the GPU. Bytes per nanosecond. */
const FASTEST_LINK = 64;

/** What else there is to know about a call. */
export interface Circumstances {
  names: ReadonlyMap<number, string>;
  /** Whether packets of the call's process were sent again during it. */
  lostPackets: boolean;
}

/** The one cause that explains at least half of a call's time, by overlap on the call's own thread. */
export function causeOf(call: SlowCall, about: Circumstances): Cause {
  const { off, polling, runnable, disk, fault, sleeping } = call.did;
  if (off - polling >= call.dur * MOST) {
    const most = Math.max(runnable, disk, fault, sleeping);
    if (most < off * MOST) return 'off-cpu';
    if (most === runnable) return whoRan(call, about.names);
    if (most === fault) return 'page-fault';
    if (about.lostPackets) return 'network';
    if (most === disk) return hardWait(call);
    return waitsForGpu(call) ? 'gpu-wait' : asleepFor(call);
  }
  if (about.lostPackets) return 'network';
  if (call.kind === 'copy' && (call.bytes ?? 0) >= LARGE_COPY) {
    const isPageable = /Async/.test(call.fn) && call.bytes! / call.dur < FASTEST_LINK;
    return isPageable && call.direction === 'HtoD' ? 'pageable-copy' : 'copy-size';
  }
  if (call.isFirst && call.dur >= call.median * INITIALISES) return 'first-use';
  if (waitsForGpu(call)) return 'gpu-wait';
  if (call.isFirst && call.of === 1) return 'first-use';
  return call.covered ? 'on-cpu' : 'unknown';
}

function whoRan({ did }: SlowCall, names: ReadonlyMap<number, string>): Cause {
  let own = 0;
  for (const [pid, ns] of did.rivals) if (isRecorder(names.get(pid))) own += ns;
  if (own >= did.runnable * MOST) return 'recorder';
  return (did.rivals.get(0) ?? 0) >= did.runnable * MOST ? 'cpu-quota' : 'cpu-contention';
}

/** Waiting for a disk is uninterruptible; so is some waiting inside drivers. */
function hardWait(call: SlowCall): Cause {
  return longestWait(call) === 'driver' ? 'driver' : 'disk';
}

function asleepFor(call: SlowCall): Cause {
  const why = longestWait(call);
  return why === 'lock' || why === 'input' || why === 'driver' || why === 'disk' ? why : 'sleep';
}

function longestWait({ did }: SlowCall): WaitsFor | undefined {
  const [longest] = [...did.syscalls].sort(([, a], [, b]) => b - a);
  return longest && waitsFor(longest[0]);
}

export function waitsForGpu({ kind, direction }: Pick<SlowCall, 'kind' | 'direction'>): boolean {
  return kind === 'sync' || (kind === 'copy' && direction === 'DtoH');
}
