import type { OffCpu, TraceReader } from '../model.ts';
import { pollSleeps } from './off-cpu.ts';
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
  calls: number;
  call_time: number;
  switches: number;
  off: number;
  longest: number;
  seen: number;
}

const SUMS = `
SELECT pid, sum(calls) AS calls, sum(call_time) AS call_time, sum(switches) AS switches, sum(off) AS off,
  max(longest) AS longest, sum(seen) AS seen FROM (
  SELECT pid, count(*) AS calls, sum(dur) AS call_time, 0 AS switches, 0 AS off, 0 AS longest, 0 AS seen
    FROM trace_calls WHERE layer IN ('runtime', 'driver', 'nccl') GROUP BY pid
  UNION ALL SELECT pid, 0, 0, count(*), sum(dur), max(dur), 0 FROM trace_off_cpu GROUP BY pid
  UNION ALL SELECT pid, 0, 0, 0, 0, 0, sum(count) FROM trace_aggregates WHERE fn = 'sched_switch' GROUP BY pid
  UNION ALL SELECT pid, 0, 0, 0, 0, 0, 0 FROM trace_processes
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
  const intervals = Map.groupBy(
    reader.select<OffCpu>('trace_off_cpu', 'WHERE dur >= 900000'),
    interval => interval.tid,
  );
  const polls = [...intervals.values()].flatMap(list =>
    pollSleeps(list).map(poll => ({ pid: list[0]!.pid, ...poll })),
  );
  return reader
    .query<Sums>(SUMS)
    .map(row => {
      const { name = `pid ${row.pid}`, ...place } = known.get(row.pid) ?? {};
      return {
        pid: row.pid,
        name,
        namespace: ('namespace' in place && place.namespace) || undefined,
        pod: ('pod' in place && place.pod) || undefined,
        container: ('container' in place && place.container) || undefined,
        calls: row.calls,
        callMs: msOf(row.call_time),
        switches: row.switches,
        offCpuMs: msOf(row.off),
        longestOffCpuMs: msOf(row.longest),
        switchesSeen: row.seen > row.switches ? row.seen : undefined,
        polls: polls
          .filter(poll => poll.pid === row.pid)
          .map(({ nominal, count, total }) => ({ timeoutMs: nominal / 1e6, count, totalMs: msOf(total) })),
      };
    })
    .sort((a, b) => b.callMs - a.callMs || b.offCpuMs - a.offCpuMs);
}
