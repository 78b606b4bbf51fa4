import type { TraceReader } from '../model.ts';
import { ADVICE } from './advice.ts';
import { type Cause, causeOf } from './cause.ts';
import { type ChainFacts, factsOf, lostOf, type Rival as RivalFacts } from './chain-facts.ts';
import { chainSentence } from './chain-words.ts';
import { during, kernelEvents } from './kernel-events.ts';
import { processNames } from './processes.ts';
import type { Queued } from './queued.ts';
import { ruledOut } from './ruled-out.ts';
import { type SlowCall, slowCalls } from './slow-calls.ts';
import { syscallName } from './syscalls.ts';
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
  pageFaultMs: number;
  sleepMs: number;
  /** In calls that they made: of the driver, most often. */
  driverMs: number;
  bytes: number;
  /** Calls inside them, longest first. */
  inside: Array<{ fn: string; ms: number }>;
  /** Who ran instead while the threads were ready. */
  rivals: Rival[];
  /** Who ended their sleeps, by the time slept. */
  wakers: Rival[];
  /** System calls they blocked in. */
  syscalls: Array<{ name: string; ms: number }>;
  /** Disk requests during them. */
  disks: Array<{ disk: string; requests: number; bytes: number; longestMs: number }>;
  /** What the longest of them waited for on the GPU. */
  queued?: Queued;
  ruledOut: string[];
  sentence: string;
  /** What to do about it. */
  advice: string;
}

export interface Rival {
  pid: number;
  process: string;
  ms: number;
}

const EVENTS = ['block-io', 'tcp-retransmit'];

/** Causes of slow calls, the one that cost most time first. Claimed only from overlap on a call's own thread. */
export function chains(reader: TraceReader, window: WindowMs = {}): Chain[] {
  const around = { reader, names: processNames(reader), events: kernelEvents(reader, EVENTS) };
  const losses = new Map<number, ReturnType<typeof lostOf>>();
  const lost = ({ pid, start, dur }: SlowCall) => {
    const own = losses.get(pid) ?? lostOf(around.events, pid);
    losses.set(pid, own);
    return during(own, [{ start, dur }]).length > 0;
  };
  const caused = slowCalls(reader, window).map(call => ({
    call,
    cause: causeOf(call, {
      names: around.names,
      lostPackets: call.kind === 'collective' && lost(call),
    }),
  }));
  const groups = Map.groupBy(caused, ({ call, cause }) => `${call.pid} ${call.fn} ${cause}`);
  return [...groups.values()]
    .map(group =>
      chainOf(
        factsOf(
          group.map(({ call }) => call),
          group[0]!.cause,
          around,
        ),
      ),
    )
    .sort((a, b) => b.excessMs - a.excessMs);
}

function chainOf(facts: ChainFacts): Chain {
  const { calls, cause, longest } = facts;
  const rivalOf = ({ ns, ...who }: RivalFacts): Rival => ({ ...who, ms: msOf(ns) });
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
    pageFaultMs: msOf(facts.fault),
    sleepMs: msOf(facts.sleeping),
    driverMs: msOf(facts.inside.reduce((sum, { ns }) => sum + ns, 0)),
    bytes: facts.bytes,
    inside: facts.inside.slice(0, 5).map(({ fn, ns }) => ({ fn, ms: msOf(ns) })),
    rivals: facts.rivals.slice(0, 10).map(rivalOf),
    wakers: facts.wakers.slice(0, 5).map(rivalOf),
    syscalls: facts.syscalls
      .slice(0, 5)
      .map(({ syscall, ns }) => ({ name: syscallName(syscall), ms: msOf(ns) })),
    disks: facts.disks.map(({ longest: ns, ...disk }) => ({ ...disk, longestMs: msOf(ns) })),
    ...(facts.queued ? { queued: facts.queued } : {}),
    ruledOut: ruledOut(facts),
    sentence: chainSentence(facts),
    advice: ADVICE[cause],
  };
}
