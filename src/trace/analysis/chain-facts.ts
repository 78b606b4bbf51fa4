import type { TraceReader } from '../model.ts';
import { type Cause, waitsForGpu } from './cause.ts';
import { type DiskUse, diskUse, during, type KernelEvent } from './kernel-events.ts';
import { type Queued, queuedBefore } from './queued.ts';
import { isRecorder } from './recorder-itself.ts';
import type { SlowCall } from './slow-calls.ts';

export interface Rival {
  pid: number;
  process: string;
  ns: number;
}

/** What the words of a chain are made of, in nanoseconds. */
export interface ChainFacts {
  calls: readonly SlowCall[];
  cause: Cause;
  process: string;
  total: number;
  excess: number;
  longest: SlowCall;
  off: number;
  runnable: number;
  disk: number;
  fault: number;
  sleeping: number;
  polling: number;
  bytes: number;
  /** Calls that these made, longest first. */
  inside: ReadonlyArray<{ fn: string; ns: number }>;
  /** Who ran while these threads were ready, kv and the idle task left out, longest first. */
  rivals: readonly Rival[];
  /** Time that kv itself had the CPU while these threads were ready. */
  recorder: number;
  idle: number;
  wakers: readonly Rival[];
  /** Time by system call, longest first. */
  syscalls: ReadonlyArray<{ syscall: number; ns: number }>;
  /** Traced processes that never ran while these threads were ready. */
  bystanders: readonly string[];
  disks: readonly DiskUse[];
  queued: Queued | undefined;
  lostPackets: number;
}

/** What a trace knows besides its calls. */
export interface Surroundings {
  reader: TraceReader;
  names: ReadonlyMap<number, string>;
  /** Page faults that waited, disk requests, packets sent again. */
  events: readonly KernelEvent[];
}

/** Calls of one function, process and cause, at least one, summed up. */
export function factsOf(calls: readonly SlowCall[], cause: Cause, around: Surroundings): ChainFacts {
  const { reader, names, events } = around;
  const sum = (pick: (call: SlowCall) => number) => calls.reduce((total, call) => total + pick(call), 0);
  const byKey = <K>(pick: (call: SlowCall) => ReadonlyMap<K, number>) => summed(calls.map(pick));
  const nameOf = (pid: number) => names.get(pid) ?? `pid ${pid}`;
  const named = ([pid, ns]: [number, number]): Rival => ({ pid, process: nameOf(pid), ns });
  const { pid } = calls[0]!;
  const all = byKey(call => call.did.rivals);
  const isOwn = ([rival]: [number, number]) => isRecorder(names.get(rival));
  const rivals = all.filter(entry => entry[0] !== 0 && !isOwn(entry)).map(named);
  const others = [...names].filter(
    ([other, name]) =>
      other !== pid && !isRecorder(name) && !rivals.some(rival => rival.pid === other) && other !== 0,
  );
  return {
    calls,
    cause,
    process: nameOf(pid),
    total: sum(call => call.dur),
    excess: sum(call => Math.max(0, call.dur - leastOf(call, cause))),
    longest: calls.reduce((a, b) => (b.dur > a.dur ? b : a)),
    off: sum(call => call.did.off),
    runnable: sum(call => call.did.runnable),
    disk: sum(call => call.did.disk),
    fault: sum(call => call.did.fault),
    sleeping: sum(call => call.did.sleeping),
    polling: sum(call => call.did.polling),
    bytes: sum(call => call.bytes ?? 0),
    inside: byKey(call => call.inside).map(([fn, ns]) => ({ fn, ns })),
    rivals,
    recorder: all.filter(isOwn).reduce((total, [, ns]) => total + ns, 0),
    idle: all.find(([rival]) => rival === 0)?.[1] ?? 0,
    wakers: byKey(call => call.did.wakers)
      .filter(([waker]) => waker !== 0)
      .map(named),
    syscalls: byKey(call => call.did.syscalls).map(([syscall, ns]) => ({ syscall, ns })),
    bystanders: rivals.length > 0 ? [...new Set(others.map(([, name]) => name))] : [],
    disks: cause === 'disk' || cause === 'page-fault' ? disksOf(events, calls) : [],
    queued: cause === 'gpu-wait' && waitsForGpu(calls[0]!) ? queuedBefore(reader, calls) : undefined,
    lostPackets: during(lostOf(events, pid), calls).length,
  };
}

/** What a call takes at best: one that should return at once, or has no other of its kind, nothing to speak of. */
function leastOf({ median, of }: SlowCall, cause: Cause): number {
  return cause === 'pageable-copy' || of === 1 ? 0 : median;
}

export function lostOf(events: readonly KernelEvent[], pid: number): KernelEvent[] {
  return events.filter(event => event.kind === 'tcp-retransmit' && event.pid === pid);
}

/** The requests of the process itself where there are some, else all: pages are read in by threads of the kernel too. */
function disksOf(events: readonly KernelEvent[], calls: readonly SlowCall[]): DiskUse[] {
  const requests = during(
    events.filter(event => event.kind === 'block-io'),
    calls,
  );
  const own = requests.filter(event => event.pid === calls[0]!.pid);
  return diskUse(own.length > 0 ? own : requests);
}

/** Sums by key, the largest first. */
function summed<K>(maps: readonly ReadonlyMap<K, number>[]): Array<[K, number]> {
  const sums = new Map<K, number>();
  for (const map of maps) for (const [key, value] of map) sums.set(key, (sums.get(key) ?? 0) + value);
  return [...sums].sort(([, a], [, b]) => b - a);
}
