import type { TraceReader } from '../model.ts';
import { type FunctionStats, functionStats } from './stats.ts';
import type { WindowMs } from './window.ts';

/** One side: a file, and which part of it. */
export interface Side {
  reader: TraceReader;
  window: WindowMs;
}

export interface ComparedFunction {
  fn: string;
  layer: string;
  before: SideFigures;
  after: SideFigures;
  /** After over before; absent where one side has no call. */
  p50Ratio?: number;
  p99Ratio?: number;
  /** Calls per second of the side's own time. */
  rateRatio?: number;
}

export interface SideFigures {
  calls: number;
  callsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  totalMs: number;
}

/** The functions of both sides, those whose total time changed most first. */
export function compareTraces(before: Side, after: Side): ComparedFunction[] {
  const [a, b] = [byFunction(before), byFunction(after)];
  const keys = [...new Set([...a.rows.keys(), ...b.rows.keys()])];
  const rows = keys.map(key => {
    const [left, right] = [a.rows.get(key), b.rows.get(key)];
    const first = figures(left, a.seconds);
    const second = figures(right, b.seconds);
    const { fn, layer } = (left ?? right)!;
    return {
      fn,
      layer,
      before: first,
      after: second,
      p50Ratio: ratio(first.p50Ms, second.p50Ms),
      p99Ratio: ratio(first.p99Ms, second.p99Ms),
      rateRatio: ratio(first.callsPerSecond, second.callsPerSecond),
    };
  });
  const change = (row: ComparedFunction) => Math.abs(row.after.totalMs - row.before.totalMs);
  return rows.sort((x, y) => change(y) - change(x));
}

function byFunction({ reader, window }: Side) {
  const from = window.fromMs ?? 0;
  const to = Math.min(window.toMs ?? Number.POSITIVE_INFINITY, reader.info.durationMs);
  return {
    rows: new Map(functionStats(reader, window).map(row => [`${row.layer} ${row.fn}`, row])),
    seconds: Math.max(0, to - from) / 1000,
  };
}

function figures(row: FunctionStats | undefined, seconds: number): SideFigures {
  const isSeen = row?.percentilesOf === 'seen';
  const calls = (isSeen ? row.seen : row?.calls) ?? 0;
  return {
    calls,
    callsPerSecond: seconds > 0 ? Number((calls / seconds).toPrecision(4)) : 0,
    p50Ms: row?.p50Ms ?? 0,
    p99Ms: row?.p99Ms ?? 0,
    totalMs: (isSeen ? row.seenMs : row?.totalMs) ?? 0,
  };
}

function ratio(before: number, after: number): number | undefined {
  return before > 0 && after > 0 ? Number((after / before).toPrecision(3)) : undefined;
}
