import type { Cause } from './cause.ts';
import type { ChainFacts } from './chains.ts';
import { count, percentText, timeText } from './units.ts';

/** A chain in one or two plain sentences. */
export function chainSentence(facts: ChainFacts): string {
  const { calls, longest, process } = facts;
  const slow =
    calls.length === 1
      ? `One ${longest.fn} of ${process} took ${timeText(longest.dur)}, ${at(longest.start)}`
      : `${count(calls.length, `${longest.fn} call`)} of ${process} took ${timeText(facts.total)} in all, the longest ${timeText(longest.dur)} ${at(longest.start)}`;
  const usual = longest.of > calls.length ? ` (median ${timeText(longest.median)} over ${longest.of})` : '';
  return `${slow}${usual}: ${because(facts)}.`;
}

function because(facts: ChainFacts): string {
  const { total, off, runnable, rivals } = facts;
  const reasons: Record<Cause, () => string> = {
    'cpu-contention': () =>
      `its thread was ready to run for ${timeText(runnable)} (${percentText(runnable / total)}) and had no CPU${
        rivals.length > 0
          ? `; ${rivals
              .slice(0, 3)
              .map(rival => `${rival.process} (pid ${rival.pid})`)
              .join(', ')} ran instead`
          : ''
      }`,
    disk: () =>
      `its thread waited ${timeText(facts.disk)} (${percentText(facts.disk / total)}) for a disk or for memory to be read in`,
    sleep: () =>
      `its thread slept ${timeText(facts.sleeping)} (${percentText(facts.sleeping / total)}), waiting for a lock or another thread`,
    'off-cpu': () =>
      `its thread was off its CPU for ${timeText(off)} (${percentText(off / total)}); the file does not say whether it waited for a CPU or slept`,
    'gpu-wait': () => 'such a call waits until the GPU has done what was queued before it',
    'pageable-copy': () =>
      `the call held its thread while ${bytesText(facts.bytes)} were copied at ${rate(facts)}; an asynchronous copy from pinned memory returns at once, so the memory is pageable`,
    'copy-size': () => `${bytesText(facts.bytes)} were copied at ${rate(facts)}`,
    'first-use': () =>
      'it is the first call of this function that the trace has of the process, and first use initialises',
    'on-cpu': () =>
      `its thread ran for ${percentText(1 - off / total)} of the time, so the time is spent in the call itself${nestedText(facts)}`,
    unknown: () =>
      `no switches of its thread were recorded then, so what it waited for cannot be said${nestedText(facts)}`,
  };
  return reasons[facts.cause]();
}

function nestedText({ nested, total }: ChainFacts): string {
  return nested > 0 ? `, ${percentText(nested / total)} of it in the driver` : '';
}

/** What the figures exclude, and what only looks like a cause. */
export function ruledOut(facts: ChainFacts): string[] {
  const { calls, cause, off, total, polling, runnable, disk } = facts;
  const isCovered = calls.every(call => call.covered);
  const statements: string[] = [];
  const isOff = cause === 'cpu-contention' || cause === 'disk' || cause === 'sleep' || cause === 'off-cpu';
  if (!isOff && isCovered) {
    statements.push(
      `CPU contention: the thread was off its CPU for ${timeText(off)} of ${timeText(total)} (${percentText(off / total)}).`,
    );
  }
  if (cause === 'disk' || cause === 'sleep')
    statements.push(`CPU contention: the thread was ready without a CPU for ${timeText(runnable)} only.`);
  if (cause === 'cpu-contention' || cause === 'sleep')
    statements.push(`Disk: the thread waited ${timeText(disk)} for one.`);
  for (const poll of calls[0]!.thread.polls) {
    statements.push(
      `Poll sleeps: the thread's ${poll.count} sleeps of ${timeText(poll.nominal)} are a timeout; ${timeText(polling)} of them fall into these calls.`,
    );
  }
  const idle = facts.bystanders.slice(0, 3);
  if (idle.length > 0)
    statements.push(`Other processes: ${idle.join(', ')} never took the CPU while this thread was ready.`);
  return statements;
}

function at(start: number): string {
  return `${(start / 1e9).toFixed(3)} s into the trace`;
}

function rate({ bytes, total }: ChainFacts): string {
  return `${(bytes / total).toPrecision(2)} GB/s`;
}

function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toPrecision(3)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
