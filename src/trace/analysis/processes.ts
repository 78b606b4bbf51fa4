import type { TraceReader } from '../model.ts';
import { durations } from './durations.ts';
import { PollCounter, SHORTEST_POLL } from './polls.ts';
import { msOf } from './units.ts';

export interface ProcessRow {
  pid: number;
  name: string;
  namespace?: string;
  pod?: string;
  container?: string;
  calls: number;
  callMs: number;
  /** Recorded switches, and the time off CPU in them. */
  switches: number;
  offCpuMs: number;
  longestOffCpuMs: number;
  /** Switches that the recorder counted, where it kept fewer. */
  switchesSeen?: number;
  polls: Array<{ timeoutMs: number; count: number; totalMs: number }>;
}

export function processNames(reader: TraceReader): Map<number, string> {
  const rows = reader.select<{ pid: number; name: string }>('trace_processes');
  return new Map(rows.map(({ pid, name }) => [pid, name]));
}

interface Sums {
  pid: number;
  switches: number;
  off: number;
  longest: number;
  seen: number;
}

const SUMS = `
SELECT pid, sum(switches) AS switches, sum(off) AS off, max(longest) AS longest, sum(seen) AS seen FROM (
  SELECT pid, count(*) AS switches, sum(dur) AS off, max(dur) AS longest, 0 AS seen FROM trace_off_cpu GROUP BY pid
  UNION ALL SELECT pid, 0, 0, 0, sum(count) FROM trace_aggregates WHERE fn = 'sched_switch' GROUP BY pid
) GROUP BY pid`;

interface Identity {
  pid: number;
  name: string;
  namespace: string | null;
  pod: string | null;
  container: string | null;
}

/** Every process of the trace, the busiest first. */
export function processes(reader: TraceReader): ProcessRow[] {
  const known = new Map(reader.select<Identity>('trace_processes').map(row => [row.pid, row]));
  const sums = new Map(reader.query<Sums>(SUMS).map(row => [row.pid, row]));
  const calls = callsByProcess(reader);
  const polls = pollsByProcess(reader);
  return [...new Set([...known.keys(), ...sums.keys(), ...calls.keys()])]
    .map(pid => {
      const { name = `pid ${pid}`, namespace, pod, container } = known.get(pid) ?? ({} as Partial<Identity>);
      const { switches = 0, off = 0, longest = 0, seen = 0 } = sums.get(pid) ?? ({} as Partial<Sums>);
      const own = calls.get(pid);
      return {
        pid,
        name,
        namespace: namespace || undefined,
        pod: pod || undefined,
        container: container || undefined,
        calls: own?.calls ?? 0,
        callMs: msOf(own?.total ?? 0),
        switches,
        offCpuMs: msOf(off),
        longestOffCpuMs: msOf(longest),
        switchesSeen: seen > switches ? seen : undefined,
        polls: polls.get(pid) ?? [],
      };
    })
    .sort((a, b) => b.callMs - a.callMs || b.offCpuMs - a.offCpuMs);
}

function callsByProcess(reader: TraceReader): Map<number, { calls: number; total: number }> {
  const sums = new Map<number, { calls: number; total: number }>();
  for (const { layer, byProcess } of durations(reader).values()) {
    if (layer !== 'runtime' && layer !== 'driver' && layer !== 'nccl') continue;
    for (const [pid, { calls, total }] of byProcess) {
      const known = sums.get(pid) ?? { calls: 0, total: 0 };
      sums.set(pid, { calls: known.calls + calls, total: known.total + total });
    }
  }
  return sums;
}

function pollsByProcess(reader: TraceReader): Map<number, ProcessRow['polls']> {
  const threads = new Map<number, { pid: number; counter: PollCounter }>();
  const rows = reader.rows<[tid: number, pid: number, dur: number, state: string | null]>(
    'SELECT tid, pid, dur, state FROM trace_off_cpu WHERE dur >= ?',
    [SHORTEST_POLL],
  );
  for (const [tid, pid, dur, state] of rows) {
    const thread = threads.get(tid) ?? { pid, counter: new PollCounter() };
    threads.set(tid, thread);
    thread.counter.add(dur, state);
  }
  const polls = new Map<number, ProcessRow['polls']>();
  for (const { pid, counter } of threads.values()) {
    const own = counter
      .polls()
      .map(({ nominal, count, total }) => ({ timeoutMs: nominal / 1e6, count, totalMs: msOf(total) }));
    if (own.length > 0) polls.set(pid, [...(polls.get(pid) ?? []), ...own]);
  }
  return polls;
}
