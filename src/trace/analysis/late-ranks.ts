import type { TraceReader } from '../model.ts';
import type { Finding } from './finding.ts';
import { meanwhile, summedUp } from './off-cpu.ts';
import { offReason } from './off-words.ts';
import { processNames } from './processes.ts';
import { offCpuDuring, type ThreadSpan } from './thread-switches.ts';
import { count, msOf, percentText, timeText } from './units.ts';

/** One process of one file that takes part in collectives. Times in nanoseconds since the earliest file began. */
interface Rank {
  pid: number;
  process: string;
  starts: number[];
  tids: number[];
  reader: TraceReader;
  /** When its file began. */
  offset: number;
  /** What was called, in order: the same in every rank of a communicator. */
  calls: string[];
}

interface Row {
  pid: number;
  tid: number;
  comm: number | null;
  fn: string;
  bytes: number | null;
  start: number;
}

/** How often a rank was last, and when the others waited for it, in the time of its file. */
interface Lateness {
  times: number;
  total: number;
  spans: ThreadSpan[];
}

/** Sequences are the same job's if they begin with the same calls. */
const ALIKE = 20;
const LEAST_CALLS = 5;
/** A rank that is last by this much on the average, in nanoseconds, in this share of the calls, is late. */
const LATE = 1_000_000;
const MOSTLY = 0.6;

/**
 * Ranks that come last to collectives while the others wait, by communicator: its ranks are told by their calling the
 * same collectives of the same sizes in the same order. Several files are set beside each other by when they began.
 */
export function lateRanks(readers: readonly TraceReader[]): Finding[] {
  const begins = readers.map(({ info }) => (info.startedAt ? Date.parse(info.startedAt) * 1e6 : 0));
  const earliest = Math.min(...begins);
  const ranks = readers.flatMap((reader, at) => ranksOf(reader, begins[at]! - earliest));
  const groups = Map.groupBy(ranks, rank => rank.calls.slice(0, ALIKE).join());
  const caution =
    readers.length > 1 ? ' Files are aligned by their clocks, which may differ by milliseconds.' : '';
  return [...groups.values()].flatMap(group => late(group, caution));
}

function ranksOf(reader: TraceReader, offset: number): Rank[] {
  const names = processNames(reader);
  const rows = reader.query<Row>(
    `SELECT pid, tid, comm, fn, bytes, start FROM trace_calls WHERE kind = 'collective' AND comm IS NOT NULL
     AND bytes IS NOT NULL ORDER BY start`,
  );
  return [...Map.groupBy(rows, row => `${row.pid} ${row.comm}`).values()].map(own => ({
    pid: own[0]!.pid,
    process: names.get(own[0]!.pid) ?? `pid ${own[0]!.pid}`,
    starts: own.map(row => row.start + offset),
    calls: own.map(row => `${row.fn} ${row.bytes}`),
    tids: own.map(row => row.tid),
    reader,
    offset,
  }));
}

function late(group: readonly Rank[], caution: string): Finding[] {
  const calls = Math.min(...group.map(rank => rank.starts.length));
  if (group.length < 2 || calls < LEAST_CALLS) return [];
  const lateness = new Map<Rank, Lateness>();
  for (let at = 0; at < calls; at++) {
    const order = [...group].sort((a, b) => b.starts[at]! - a.starts[at]!);
    const own = lateness.get(order[0]!) ?? { times: 0, total: 0, spans: [] };
    lateness.set(order[0]!, own);
    own.times += 1;
    const [last, before] = [order[0]!, order[1]!.starts[at]!];
    const dur = last.starts[at]! - before;
    own.total += dur;
    own.spans.push({ tid: last.tids[at]!, start: before - last.offset, dur });
  }
  const [[rank, { times, total, spans }]] = [...lateness].sort(([, a], [, b]) => b.total - a.total) as [
    [Rank, Lateness],
  ];
  if (times < calls * MOSTLY || total < times * LATE) return [];
  const others = group.length - 1;
  return [
    {
      kind: 'late-rank',
      pid: rank.pid,
      process: rank.process,
      wonMs: msOf(total),
      figures: { collectives: calls, last: times, ranks: group.length, meanLateMs: msOf(total / times) },
      sentence: `${rank.process} (pid ${rank.pid}) is the straggler: of ${count(calls, 'collective')} over ${group.length} ranks it entered ${times} (${percentText(times / calls)}) last, ${timeText(total / times)} after the one before it on the average; ${count(others, 'other rank')} waited ${timeText(total)} for it.${whatItDid(rank, spans, total)}${caution}`,
      advice:
        'Look at what that rank does before its collectives: its slow calls, its data loader, the clocks of its GPU.',
    },
  ];
}

/** What the late rank's thread did while the others waited for it; nothing where its switches were not recorded. */
function whatItDid({ reader }: Rank, spans: readonly ThreadSpan[], total: number): string {
  const threads = offCpuDuring(reader, spans);
  const did = spans.flatMap(({ tid, start, dur }) => {
    const thread = threads.get(tid);
    return thread ? [meanwhile(thread, start, start + dur)] : [];
  });
  if (did.length === 0) return '';
  const sum = summedUp(did);
  const share = sum.off / total;
  return share >= 0.5
    ? ` In that time its thread was off its CPU for ${percentText(share)}${offReason(sum, processNames(reader))}.`
    : ` In that time its thread ran for ${percentText(1 - share)}: it was busy on the CPU.`;
}
