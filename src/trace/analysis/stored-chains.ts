import type { TraceReader } from '../model.ts';
import { meanwhile, type ThreadOffCpu } from './off-cpu.ts';
import { offCpuDuring, unwatched } from './thread-switches.ts';
import { count, msOf, percentText, timeText } from './units.ts';

/** What another tool wrote down as a cause, and what becomes of it beside the events of the same file. */
export interface StoredChain {
  id: string;
  atMs: number;
  severity: string;
  fn: string;
  summary: string;
  /** `unverifiable`: the events that would show it are not in the file. */
  verdict: 'holds' | 'refuted' | 'unverifiable';
  why: string;
  /** Slow calls of the function up to then that the file has, their time, and how much of it was off CPU. */
  slowCalls: number;
  slowMs: number;
  offCpuMs: number;
}

interface Row {
  id: string;
  at: number;
  severity: string;
  fn: string;
  summary: string;
  cause: string;
  p99: number;
  p50: number;
}

interface Call {
  fn: string;
  tid: number;
  pid: number;
  start: number;
  dur: number;
}

/** A chain blames the scheduler rightly if slow calls were off their CPU for at least this share of their time. */
const HOLDS = 0.5;
/** Up to this share the scheduler explains nothing. */
const REFUTED = 0.1;

/** Every stored chain with its verdict, in the file's order. */
export function storedChains(reader: TraceReader): StoredChain[] {
  const rows = reader.select<Row>('trace_chains', 'ORDER BY at, id');
  if (rows.length === 0) return [];
  const blamed = [...new Set(rows.map(row => row.fn))];
  const calls = Map.groupBy(
    reader.query<Call>(
      `SELECT fn, tid, pid, start, dur FROM trace_calls
       WHERE fn IN (SELECT value FROM json_each(?)) ORDER BY start`,
      [JSON.stringify(blamed)],
    ),
    call => call.fn,
  );
  const threads = offCpuDuring(reader, [...calls.values()].flat());
  const threadOf = (tid: number) => threads.get(tid) ?? unwatched(tid);
  return rows.map(row => judge(row, calls.get(row.fn) ?? [], threadOf));
}

function judge(row: Row, all: readonly Call[], threadOf: (tid: number) => ThreadOffCpu): StoredChain {
  const before = all.filter(call => call.start <= row.at);
  // The stored p99 is of a sliding sample; a call of half that size was among the slow ones.
  const slow = before.filter(call => call.dur >= Math.max(row.p50 * 2, row.p99 / 2, 1));
  const total = slow.reduce((sum, call) => sum + call.dur, 0);
  const unseen = slow.filter(call => threadOf(call.tid).to < 0).length;
  const did = slow.map(call => meanwhile(threadOf(call.tid), call.start, call.start + call.dur));
  const off = did.reduce((sum, { off, polling }) => sum + off - polling, 0);
  const touched = did.filter(one => one.off > 0).length;
  const share = total > 0 ? off / total : 0;
  const base = {
    id: row.id,
    atMs: msOf(row.at),
    severity: row.severity,
    fn: row.fn,
    summary: row.summary,
    slowCalls: slow.length,
    slowMs: msOf(total),
    offCpuMs: msOf(off),
  };
  if (all.length === 0)
    return { ...base, verdict: 'unverifiable', why: `The file has no call of ${row.fn}.` };
  if (!/sched_switch|CPU/i.test(row.cause))
    return {
      ...base,
      verdict: 'unverifiable',
      why: 'It does not blame the scheduler, and nothing else is recorded by thread.',
    };
  if (slow.length === 0)
    return {
      ...base,
      verdict: 'unverifiable',
      why: `No slow call of ${row.fn} before it was kept in the file.`,
    };
  if (unseen > 0)
    return {
      ...base,
      verdict: 'unverifiable',
      why: `No switches were recorded of the threads of ${count(unseen, 'slow call')}.`,
    };
  const early = slow.filter(call => call.start + call.dur <= threadOf(call.tid).from).length;
  const beforeFirst = early > 0 ? ` ${early} ran before the thread's first recorded switch.` : '';
  const figures = `Of ${count(slow.length, 'slow call')}, ${touched} overlap time off CPU of their own thread, for ${timeText(off)} of ${timeText(total)} (${percentText(share)}).${beforeFirst}`;
  if (share >= HOLDS) return { ...base, verdict: 'holds', why: figures };
  if (share <= REFUTED) return { ...base, verdict: 'refuted', why: figures };
  return {
    ...base,
    verdict: 'refuted',
    why: `${figures} Switches explain the smaller part.`,
  };
}

export interface StoredChainSummary {
  total: number;
  holds: number;
  refuted: number;
  unverifiable: number;
  sentence: string;
}

export function summarizeStored(chains: readonly StoredChain[]): StoredChainSummary | undefined {
  if (chains.length === 0) return undefined;
  const of = (verdict: StoredChain['verdict']) => chains.filter(chain => chain.verdict === verdict).length;
  const sums = {
    total: chains.length,
    holds: of('holds'),
    refuted: of('refuted'),
    unverifiable: of('unverifiable'),
  };
  return {
    ...sums,
    sentence: `Of ${count(sums.total, 'chain')} stored in the file, ${sums.holds} hold, ${sums.refuted} are refuted by the overlap of slow calls with their own thread's time off CPU, and ${sums.unverifiable} cannot be checked from its events.`,
  };
}
