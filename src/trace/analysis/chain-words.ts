import type { Cause } from './cause.ts';
import type { ChainFacts } from './chain-facts.ts';
import type { Queued } from './queued.ts';
import { syscallName } from './syscalls.ts';
import { bytesText, count, listText, percentText, timeText } from './units.ts';

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
  const { total, off, runnable, sleeping } = facts;
  const share = (ns: number) => `${timeText(ns)} (${percentText(ns / total)})`;
  const reasons: Record<Cause, () => string> = {
    'cpu-contention': () =>
      `its thread was ready to run for ${share(runnable)} and had no CPU${rivalsText(facts)}`,
    'cpu-quota': () =>
      `its thread was ready to run for ${share(runnable)} while no other had its CPU: a CPU quota of its cgroup held it back, or the core was slow to wake`,
    recorder: () =>
      `its thread was ready to run for ${share(runnable)} while kv itself had the CPU: this is the cost of recording and not of the program`,
    disk: () =>
      `its thread waited ${share(facts.disk || sleeping)} for a disk${syscallText(facts)}${diskText(facts)}`,
    'page-fault': () =>
      `its thread touched memory that was not there and waited ${share(facts.fault)} until it had been read in or found${diskText(facts)}`,
    lock: () =>
      `its thread waited ${share(sleeping)} for a lock${syscallText(facts)}${wakerText(facts, 'let go of it')}`,
    input: () =>
      `its thread waited ${share(sleeping)} for a pipe, a socket or another file${syscallText(facts)}${wakerText(facts, 'answered')}`,
    driver: () =>
      `its thread was blocked for ${share(Math.max(sleeping, facts.disk))} inside the GPU's driver${syscallText(facts)}`,
    sleep: () =>
      `its thread slept ${share(sleeping)}, waiting for a lock or another thread${syscallText(facts)}${wakerText(facts, 'woke it')}`,
    'off-cpu': () =>
      `its thread was off its CPU for ${share(off)}; the file does not say whether it waited for a CPU or slept`,
    network: () =>
      `${count(facts.lostPackets, 'packet')} of the process had to be sent again meanwhile, so the network lost or delayed what the collective waited for`,
    'gpu-wait': () =>
      `such a call waits until the GPU has done what was queued before it${queuedText(facts.queued, facts.calls.length)}`,
    'pageable-copy': () =>
      `the call held its thread while ${bytesText(facts.bytes)} were copied at ${rate(facts)}; an asynchronous copy from pinned memory returns at once, so the memory is pageable`,
    'copy-size': () => `${bytesText(facts.bytes)} were copied at ${rate(facts)}`,
    'first-use': () =>
      'it is the first call of this function that the trace has of the process, and first use initialises',
    'on-cpu': () =>
      `its thread ran for ${percentText(1 - off / total)} of the time, so the time is spent in the call itself${insideText(facts)}`,
    unknown: () =>
      `no switches of its thread were recorded then, so what it waited for cannot be said${insideText(facts)}`,
  };
  return reasons[facts.cause]();
}

function rivalsText({ rivals }: ChainFacts): string {
  if (rivals.length === 0) return '';
  const shown = rivals.slice(0, 3);
  const who = shown.map(rival => `${rival.process} (pid ${rival.pid})`).join(', ');
  return `; ${who} ran instead, for ${listText(shown.map(rival => timeText(rival.ns)))}`;
}

function insideText({ inside, total }: ChainFacts): string {
  const [most] = inside;
  return most ? `, ${percentText(most.ns / total)} of it in ${most.fn} of the driver` : '';
}

function syscallText({ syscalls }: ChainFacts): string {
  const [most] = syscalls;
  return most ? ` in ${syscallName(most.syscall)}` : '';
}

function wakerText({ wakers, longest }: ChainFacts, did: string): string {
  const [most] = wakers;
  if (!most) return '';
  const who =
    most.pid === longest.pid ? 'another thread of the process' : `${most.process} (pid ${most.pid})`;
  return `, until ${who} ${did}`;
}

function diskText({ disks }: ChainFacts): string {
  const [most] = disks;
  if (!most) return '';
  return `; disk ${most.disk} served ${count(most.requests, 'request')} (${bytesText(most.bytes)}) meanwhile, the longest in ${timeText(most.longest)}`;
}

function queuedText(queued: Queued | undefined, calls: number): string {
  if (!queued) return '';
  const kernels = queued.kernels.map(({ name, launches }) => `${name} ×${launches}`).join(', ');
  const parts = [
    queued.launches > 0
      ? `${count(queued.launches, 'launch', 'launches')}${kernels ? ` (${kernels})` : ''}`
      : '',
    queued.copies > 0 ? `${count(queued.copies, 'copy', 'copies')} of ${bytesText(queued.bytes)}` : '',
    queued.collectives > 0 ? count(queued.collectives, 'collective') : '',
  ].filter(Boolean);
  const whose = calls > 1 ? 'them since the waits before' : 'it since the wait before';
  return `: ${listText(parts)}, queued before ${whose}`;
}

function at(start: number): string {
  return `${(start / 1e9).toFixed(3)} s into the trace`;
}

function rate({ bytes, total }: ChainFacts): string {
  return `${(bytes / total).toPrecision(2)} GB/s`;
}
