import type { TraceReader } from '../model.ts';
import { type Cause, causeOf } from './cause.ts';
import { chainSentence, ruledOut } from './chain-words.ts';
import { processNames } from './processes.ts';
import { type SlowCall, slowCalls } from './slow-calls.ts';
import { msOf } from './units.ts';
import type { WindowMs } from './window.ts';

/** Slow calls of one function in one process that share a cause. */
export interface Chain {
  fn: string;
  pid: number;
  process: string;
  cause: Cause;
  /** How many were slow for this cause, of all calls of the function in the window. */
  calls: number;
  of: number;
  medianMs: number;
  totalMs: number;
  /** Beyond what as many median calls take: what could be won. */
  excessMs: number;
  longestMs: number;
  longestAtMs: number;
  /** What their own threads did during them. */
  offCpuMs: number;
  runnableMs: number;
  diskMs: number;
  sleepMs: number;
  /** In calls of the driver that they made. */
  driverMs: number;
  bytes: number;
  /** Who ran instead while the threads were ready. */
  rivals: Rival[];
  ruledOut: string[];
  sentence: string;
}

export interface Rival {
  pid: number;
  process: string;
  ms: number;
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
  sleeping: number;
  polling: number;
  nested: number;
  bytes: number;
  rivals: readonly Rival[];
  /** Traced processes that never ran while these threads were ready. */
  bystanders: readonly string[];
}

/** Causes of slow calls, the one that cost most time first. Claimed only from overlap on a call's own thread. */
export function chains(reader: TraceReader, window: WindowMs = {}): Chain[] {
  const names = processNames(reader);
  const groups = Map.groupBy(slowCalls(reader, window), call => `${call.pid} ${call.fn} ${causeOf(call)}`);
  return [...groups.values()]
    .map(calls => chainOf(factsOf(calls, names)))
    .sort((a, b) => b.excessMs - a.excessMs);
}

function factsOf(calls: readonly SlowCall[], names: ReadonlyMap<number, string>): ChainFacts {
  const sum = (pick: (call: SlowCall) => number) => calls.reduce((total, call) => total + pick(call), 0);
  const nameOf = (pid: number) => names.get(pid) ?? `pid ${pid}`;
  const cause = causeOf(calls[0]!);
  const rivals = rivalsOf(calls, nameOf);
  const { pid } = calls[0]!;
  const others = [...names.keys()].filter(
    other => other !== pid && !rivals.some(rival => rival.pid === other),
  );
  return {
    calls,
    cause,
    process: nameOf(pid),
    total: sum(call => call.dur),
    excess: sum(call => Math.max(0, call.dur - call.median)),
    longest: calls.reduce((a, b) => (b.dur > a.dur ? b : a)),
    off: sum(call => call.did.off),
    runnable: sum(call => call.did.runnable),
    disk: sum(call => call.did.disk),
    sleeping: sum(call => call.did.sleeping),
    polling: sum(call => call.did.polling),
    nested: sum(call => call.nested),
    bytes: sum(call => call.bytes ?? 0),
    rivals,
    bystanders: rivals.length > 0 ? others.map(nameOf) : [],
  };
}

function chainOf(facts: ChainFacts): Chain {
  const { calls, cause, longest } = facts;
  return {
    fn: longest.fn,
    pid: longest.pid,
    process: facts.process,
    cause,
    calls: calls.length,
    of: longest.of,
    medianMs: msOf(longest.median),
    totalMs: msOf(facts.total),
    excessMs: msOf(facts.excess),
    longestMs: msOf(longest.dur),
    longestAtMs: msOf(longest.start),
    offCpuMs: msOf(facts.off),
    runnableMs: msOf(facts.runnable),
    diskMs: msOf(facts.disk),
    sleepMs: msOf(facts.sleeping),
    driverMs: msOf(facts.nested),
    bytes: facts.bytes,
    rivals: [...facts.rivals],
    ruledOut: ruledOut(facts),
    sentence: chainSentence(facts),
  };
}

function rivalsOf(calls: readonly SlowCall[], nameOf: (pid: number) => string): Rival[] {
  const time = new Map<number, number>();
  for (const { did } of calls) for (const [pid, ns] of did.rivals) time.set(pid, (time.get(pid) ?? 0) + ns);
  return [...time]
    .map(([pid, ns]) => ({ pid, process: nameOf(pid), ms: msOf(ns) }))
    .sort((a, b) => b.ms - a.ms);
}
