import { LARGE_COPY, type SlowCall } from './slow-calls.ts';

/** Why a call was slow, as far as the trace shows it. */
export type Cause =
  /** Ready to run, and other threads had the CPUs. */
  | 'cpu-contention'
  /** Waiting for a disk or for memory to be read in. */
  | 'disk'
  /** Asleep: a lock, a pipe, another thread. */
  | 'sleep'
  /** Off its CPU; the file does not say for what. */
  | 'off-cpu'
  /** A sync, or a copy back to the host: it waits for the GPU by its nature. */
  | 'gpu-wait'
  /** An asynchronous copy that held its caller as long as the transfer took: the memory is not pinned. */
  | 'pageable-copy'
  /** A copy that takes its time by its size. */
  | 'copy-size'
  /** The first call of its function in the process: initialisation. */
  | 'first-use'
  /** The thread ran all the time: the time goes to the call itself. */
  | 'on-cpu'
  /** The switches of the thread were not recorded then. */
  | 'unknown';

/** From this share on, what a thread did is what a call waited for. */
const MOST = 0.5;
/** A first call this many times the median did something that later ones need not. */
const INITIALISES = 3;
/** No link copies faster; an asynchronous call that returns sooner left the copy to the GPU. Bytes per nanosecond. */
const FASTEST_LINK = 64;

/** The one cause that explains at least half of a call's time, by overlap on the call's own thread. */
export function causeOf(call: SlowCall): Cause {
  const { off, polling, runnable, disk, sleeping } = call.did;
  if (off - polling >= call.dur * MOST) {
    const most = Math.max(runnable, disk, sleeping);
    if (most < off * MOST) return 'off-cpu';
    if (most === runnable) return 'cpu-contention';
    if (most === disk) return 'disk';
    return waitsForGpu(call) ? 'gpu-wait' : 'sleep';
  }
  if (call.kind === 'copy' && (call.bytes ?? 0) >= LARGE_COPY) {
    const isPageable = /Async/.test(call.fn) && call.bytes! / call.dur < FASTEST_LINK;
    return isPageable && call.direction === 'HtoD' ? 'pageable-copy' : 'copy-size';
  }
  if (call.isFirst && call.dur >= call.median * INITIALISES) return 'first-use';
  if (waitsForGpu(call)) return 'gpu-wait';
  if (call.isFirst && call.of === 1) return 'first-use';
  return call.covered ? 'on-cpu' : 'unknown';
}

function waitsForGpu({ kind, direction }: SlowCall): boolean {
  return kind === 'sync' || (kind === 'copy' && direction === 'DtoH');
}
