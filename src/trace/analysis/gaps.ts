import type { TraceReader } from '../model.ts';
import { durations, type FunctionDurations } from './durations.ts';
import { findGaps, type Gap } from './gap-search.ts';
import { type Meanwhile, meanwhile, type ThreadOffCpu } from './off-cpu.ts';
import { processNames } from './processes.ts';
import { syscallName } from './syscalls.ts';
import { offCpuDuring, unwatched } from './thread-switches.ts';
import { msOf, percentText, timeText } from './units.ts';
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
  sentence: string;
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
  return found.map(gap =>
    gapOf(
      gap,
      names.get(gap.pid) ?? `pid ${gap.pid}`,
      threads.get(gap.tid) ?? unwatched(gap.tid),
      hasIo ? ioIn(reader, gap) : { n: 0, total: 0 },
      isPartial,
    ),
  );
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

/** What most of the time off CPU was, where the file says. */
function offReason({ off, runnable, disk, fault, sleeping, syscalls }: Meanwhile): string {
  const [syscall] = [...syscalls].sort(([, a], [, b]) => b - a);
  const where = syscall && syscall[1] >= off / 2 ? ` in ${syscallName(syscall[0])}` : '';
  if (disk >= off / 2) return `, waiting for a disk${where}`;
  if (fault >= off / 2) return ', waiting for memory to be read in or found';
  if (runnable >= off / 2) return ', ready to run without a CPU';
  return sleeping >= off / 2 && where ? `, asleep${where}` : '';
}

function gapOf(
  { pid, tid, at, gap }: Gap,
  process: string,
  thread: ThreadOffCpu,
  io: Io,
  isPartial: boolean,
): LaunchGap {
  const did = meanwhile(thread, at, at + gap);
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
  const what = !isKnown
    ? 'no switch of that thread falls into it: it ran all the time, or was not recorded'
    : off >= 0.5
      ? `that thread was off its CPU for ${timeText(did.off)} (${percentText(off)}), ${timeText(longest)} of it at a stretch${offReason(did)}`
      : isPartial
        ? `the kept switches of that thread show it off its CPU for ${timeText(did.off)}; most switches were only counted, so whether it ran cannot be said`
        : `that thread ran for ${timeText(gap - did.off)} (${percentText(1 - off)}): the process was busy on the CPU`;
  return {
    pid,
    process,
    tid,
    fromMs: msOf(at),
    ms: msOf(gap),
    ...(isKnown ? known : {}),
    ioCalls: io.n,
    ioMs: msOf(io.total ?? 0),
    sentence: `${process} (thread ${tid}) made no CUDA call for ${timeText(gap)} from ${(at / 1e9).toFixed(2)} s on; ${what}.`,
  };
}
