import type { TraceReader } from '../model.ts';
import { meanwhile, threadOffCpu } from './off-cpu.ts';
import { processNames } from './processes.ts';
import { msOf, percentText, timeText } from './units.ts';
import { type WindowMs, windowOf } from './window.ts';

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

interface Row {
  pid: number;
  tid: number;
  at: number;
  gap: number;
}

/** Shorter ones are the breath between steps, in nanoseconds. */
const LEAST = 5_000_000;

const GAPS = `
SELECT pid, tid, upto AS at, start - upto AS gap FROM (
  SELECT pid, start, lag(tid) OVER (PARTITION BY pid ORDER BY start) AS tid,
    max(start + dur) OVER (PARTITION BY pid ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS upto
  FROM trace_calls WHERE layer IN ('runtime', 'driver', 'nccl') AND start >= ? AND start < ?)
WHERE start - upto >= ${LEAST} ORDER BY gap DESC LIMIT ?`;

/** The longest gaps between CUDA calls of each process, and what its calling thread did in them. */
export function launchGaps(reader: TraceReader, query: WindowMs & { limit?: number } = {}): LaunchGap[] {
  const { from, to } = windowOf(query);
  const names = processNames(reader);
  return reader
    .query<Row>(GAPS, [from, to, query.limit ?? 5])
    .map(row => gapOf(reader, row, names.get(row.pid) ?? `pid ${row.pid}`));
}

function gapOf(reader: TraceReader, { pid, tid, at, gap }: Row, process: string): LaunchGap {
  const thread = threadOffCpu(reader, tid);
  const did = meanwhile(thread, at, at + gap);
  const inside = thread.intervals.filter(({ start, dur }) => start < at + gap && start + dur > at);
  const longest = Math.max(0, ...inside.map(({ dur }) => dur));
  const [io] = reader.query<{ n: number; total: number | null }>(
    `SELECT count(*) AS n, sum(dur) AS total FROM trace_calls
     WHERE pid = ? AND layer IN ('io', 'net', 'tcp') AND start >= ? AND start < ?`,
    [pid, at, at + gap],
  );
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
      ? `that thread was off its CPU for ${timeText(did.off)} (${percentText(off)}), ${timeText(longest)} of it at a stretch`
      : `that thread ran for ${timeText(gap - did.off)} (${percentText(1 - off)}): the process was busy on the CPU`;
  return {
    pid,
    process,
    tid,
    fromMs: msOf(at),
    ms: msOf(gap),
    ...(isKnown ? known : {}),
    ioCalls: io!.n,
    ioMs: msOf(io!.total ?? 0),
    sentence: `${process} (thread ${tid}) made no CUDA call for ${timeText(gap)} from ${(at / 1e9).toFixed(2)} s on; ${what}.`,
  };
}
