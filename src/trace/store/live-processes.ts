import type { CallRecord, OffCpuRecord, ProcessRecord } from '../record/types.ts';
import type { LiveProcess } from '../recorder/recording.ts';
import { Recent } from './recent.ts';
import { runnableOf } from './switches.ts';
import type { ProcessPlace } from './types.ts';

/** What "lately" is, in seconds. */
export const LATELY = 5;

interface KnownProcess {
  name: string;
  pod: string | undefined;
  calls: Recent;
  ended: boolean;
}

interface CallingThread {
  pid: number;
  calls: Recent;
  runnableNs: Recent;
}

const secondOf = (ns: number) => Math.floor(ns / 1e9);

/** The processes that call something, and how long they wait for a CPU. */
export class LiveProcesses {
  readonly #known = new Map<number, KnownProcess>();
  readonly #threads = new Map<number, CallingThread>();

  change({ pid, comm, change }: ProcessRecord): void {
    const process = this.#process(pid);
    process.ended = change === 'exit';
    if (comm !== '') process.name = comm;
  }

  place(pid: number, { pod }: ProcessPlace): void {
    this.#process(pid).pod = pod;
  }

  counted(pid: number, second: number, calls: number): void {
    this.#process(pid).calls.add(second, calls);
  }

  call({ pid, tid, startNs, durationNs }: CallRecord): void {
    let thread = this.#threads.get(tid);
    if (thread?.pid !== pid) {
      thread = { pid, calls: new Recent(LATELY + 1), runnableNs: new Recent(LATELY + 1) };
      this.#threads.set(tid, thread);
    }
    thread.calls.add(secondOf(startNs + durationNs), 1);
  }

  offCpu(off: OffCpuRecord): void {
    const thread = this.#threads.get(off.tid);
    if (thread?.pid === off.pid) thread.runnableNs.add(secondOf(off.endNs), runnableOf(off) ?? 0);
  }

  /** Those that called something lately, the busiest first. Forgets what has ended and is over. */
  list(second: number): LiveProcess[] {
    const busiest = this.#busiest(second);
    const rows: LiveProcess[] = [];
    for (const [pid, { name, pod, calls, ended }] of this.#known) {
      const lately = calls.sum(second, LATELY);
      if (lately === 0 && ended) this.#known.delete(pid);
      if (lately === 0 && !busiest.has(pid)) continue;
      const waited = (busiest.get(pid)?.runnableNs.sum(second, LATELY) ?? 0) / (LATELY * 1e9);
      rows.push({ pid, name, pod, callsPerSecond: lately / LATELY, waitingForCpu: Math.min(1, waited) });
    }
    return rows.sort((a, b) => b.callsPerSecond - a.callsPerSecond);
  }

  /** By process, the thread that called most lately. */
  #busiest(second: number): Map<number, CallingThread> {
    const busiest = new Map<number, CallingThread>();
    const most = new Map<number, number>();
    for (const [tid, thread] of this.#threads) {
      const calls = thread.calls.sum(second, LATELY);
      if (calls === 0 && !this.#known.has(thread.pid)) this.#threads.delete(tid);
      if (calls <= (most.get(thread.pid) ?? 0)) continue;
      most.set(thread.pid, calls);
      busiest.set(thread.pid, thread);
    }
    return busiest;
  }

  #process(pid: number): KnownProcess {
    let known = this.#known.get(pid);
    if (!known) {
      known = { name: '', pod: undefined, calls: new Recent(LATELY + 1), ended: false };
      this.#known.set(pid, known);
    }
    return known;
  }
}
