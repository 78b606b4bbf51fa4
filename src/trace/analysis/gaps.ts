import type { TraceReader } from '../model.ts';
import { ADVICE, gapAdvice } from './advice.ts';
import { type DiskWait, diskWaits } from './disk-waits.ts';
import { durations, type FunctionDurations } from './durations.ts';
import { findGaps, type Gap } from './gap-search.ts';
import { type Meanwhile, meanwhile, type ThreadOffCpu } from './off-cpu.ts';
import { offReason } from './off-words.ts';
import { processNames } from './processes.ts';
import { syscallName } from './syscalls.ts';
import { offCpuDuring, unwatched } from './thread-switches.ts';
import { bytesText, count, msOf, percentText, timeText } from './units.ts';
import type { WindowMs } from './window.ts';

/** A stretch in which a process asked nothing of its GPUs. */
export interface LaunchGap {
  pid: number;
  process: string;
  /** The thread that made the last call before it. */
  tid: number;
  fromMs: number;
  ms: number;
  /** What that thread did. Absent: its switches were not recorded then. */
  offCpuMs?: number;
  longestOffCpuMs?: number;
  runnableMs?: number;
  pollingMs?: number;
  /** Disk and socket calls of the process that began in the gap. */
  ioCalls: number;
  ioMs: number;
  /** Who ended the thread's sleep was at a disk meanwhile: a data loader, most often. */
  waitedFor?: { pid: number; process: string; tid: number; diskMs: number };
  sentence: string;
  /** What to do about it. */
  advice: string;
}

/** The longest gaps between CUDA calls of each process, and what its calling thread did in them. */
export function launchGaps(reader: TraceReader, query: WindowMs & { limit?: number } = {}): LaunchGap[] {
  const names = processNames(reader);
  const functions = [...durations(reader).values()];
  const found = findGaps(reader, query, () => callingProcesses(functions), query.limit ?? 5);
  const isPartial = keptFewSwitches(reader);
  const hasIo = functions.some(({ layer }) => IO.has(layer));
  const threads = offCpuDuring(
    reader,
    found.map(({ tid, at, gap }) => ({ tid, start: at, dur: gap })),
  );
  const seen = found.map(gap => {
    const thread = threads.get(gap.tid) ?? unwatched(gap.tid);
    return { gap, thread, did: meanwhile(thread, gap.at, gap.at + gap.gap) };
  });
  const loaders = diskWaits(
    reader,
    seen.map(({ gap, did }) => ({ tid: gap.tid, start: gap.at, dur: gap.gap, waker: wakerOf(did) })),
  );
  return seen.map(({ gap, thread, did }, at) =>
    gapOf({
      ...gap,
      thread,
      did,
      names,
      io: hasIo ? ioIn(reader, gap) : { n: 0, total: 0 },
      isPartial,
      loader: loaders[at],
    }),
  );
}

/** Who ended most of what a thread slept, where it slept most of the time. */
function wakerOf({ sleeping, off, wakers }: Meanwhile): number | undefined {
  const [most] = [...wakers].sort(([, a], [, b]) => b - a);
  return most && sleeping >= off / 2 && most[1] >= sleeping / 2 ? most[0] : undefined;
}

/** Whether most switches were counted only: then a thread may have been off its CPU without a row that says so. */
function keptFewSwitches(reader: TraceReader): boolean {
  if (reader.info.format === 'kv') return false;
  const [row] = reader.query<{ seen: number | null; stored: number | null }>(
    `SELECT sum(count) AS seen, sum(stored) AS stored FROM trace_aggregates WHERE fn = 'sched_switch'`,
  );
  return (row?.stored ?? 0) * 2 < (row?.seen ?? 0);
}

/** Disk and socket calls: Ingero records them beside those of CUDA. */
const IO: ReadonlySet<string> = new Set(['io', 'net', 'tcp']);

interface Io {
  n: number;
  total: number | null;
}

function ioIn(reader: TraceReader, { pid, at, gap }: Gap): Io {
  const [io] = reader.query<Io>(
    `SELECT count(*) AS n, sum(dur) AS total FROM trace_calls
     WHERE pid = ? AND layer IN ('io', 'net', 'tcp') AND start >= ? AND start < ?`,
    [pid, at, at + gap],
  );
  return io!;
}

function callingProcesses(functions: readonly FunctionDurations[]): number[] {
  return [
    ...new Set(
      functions
        .filter(({ layer }) => layer === 'runtime' || layer === 'driver' || layer === 'nccl')
        .flatMap(({ byProcess }) => [...byProcess.keys()]),
    ),
  ];
}

interface SeenGap extends Gap {
  thread: ThreadOffCpu;
  did: Meanwhile;
  names: ReadonlyMap<number, string>;
  io: Io;
  isPartial: boolean;
  loader: DiskWait | undefined;
}

function gapOf({ pid, tid, at, gap, thread, did, names, io, isPartial, loader }: SeenGap): LaunchGap {
  const nameOf = (other: number) => names.get(other) ?? `pid ${other}`;
  const process = nameOf(pid);
  const inside = thread.intervals.filter(({ start, dur }) => start < at + gap && start + dur > at);
  const longest = Math.max(0, ...inside.map(({ dur }) => dur));
  const isKnown = did.switches > 0;
  const known = {
    offCpuMs: msOf(did.off),
    longestOffCpuMs: msOf(longest),
    runnableMs: msOf(did.runnable),
    pollingMs: msOf(did.polling),
  };
  const off = did.off / gap;
  const why = `${offReason(did, names)}${loader ? loaderText(loader, pid, gap, nameOf) : ''}`;
  const what = !isKnown
    ? 'no switch of that thread falls into it: it ran all the time, or was not recorded'
    : off >= 0.5
      ? `that thread was off its CPU for ${timeText(did.off)} (${percentText(off)}), ${timeText(longest)} of it at a stretch${why}`
      : isPartial
        ? `the kept switches of that thread show it off its CPU for ${timeText(did.off)}; most switches were only counted, so whether it ran cannot be said`
        : `that thread ran for ${timeText(gap - did.off)} (${percentText(1 - off)}): the process was busy on the CPU`;
  const waitedFor = loader && {
    pid: loader.pid,
    process: nameOf(loader.pid),
    tid: loader.tid,
    diskMs: msOf(loader.ns),
  };
  return {
    pid,
    process,
    tid,
    fromMs: msOf(at),
    ms: msOf(gap),
    ...(isKnown ? known : {}),
    ioCalls: io.n,
    ioMs: msOf(io.total ?? 0),
    ...(waitedFor ? { waitedFor } : {}),
    sentence: `${process} (thread ${tid}) made no CUDA call for ${timeText(gap)} from ${(at / 1e9).toFixed(2)} s on; ${what}.`,
    advice: loader ? ADVICE.disk : gapAdvice(did, gap, isPartial),
  };
}

function loaderText(
  { pid, tid, ns, syscall, disk }: DiskWait,
  own: number,
  gap: number,
  nameOf: (pid: number) => string,
): string {
  const who =
    pid === own ? 'another thread of the process woke it;' : `${nameOf(pid)} (pid ${pid}) woke it; its`;
  const where = syscall === null ? '' : ` in ${syscallName(syscall)}`;
  const served = disk
    ? ` (${disk.disk}: ${count(disk.requests, 'request')}, ${bytesText(disk.bytes)}, the longest ${timeText(disk.longest)})`
    : '';
  return `, until ${who} thread ${tid} waited ${timeText(ns)} (${percentText(ns / gap)} of that) for a disk${where}${served}`;
}
