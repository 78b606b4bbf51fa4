import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc, 100 on every Linux that kv records on (x86-64). */
const TICKS = 100;
const WINDOW_MS = 3_000;

/** How much of one CPU the helper and this process take, over the last seconds. */
export class CpuShare {
  readonly #helper: number | undefined;
  readonly #now: () => number;
  readonly #readings: Array<{ at: number; cpuMs: number }> = [];

  constructor(helper: number | undefined, now: () => number) {
    this.#helper = helper;
    this.#now = now;
  }

  /** 1: a whole CPU. 0 at the first reading. */
  read(): number {
    const { user, system } = process.cpuUsage();
    const last = { at: this.#now(), cpuMs: (user + system) / 1000 + helperMs(this.#helper) };
    this.#readings.push(last);
    while (this.#readings.length > 2 && this.#readings[1]!.at < last.at - WINDOW_MS) this.#readings.shift();
    const first = this.#readings[0]!;
    return last.at > first.at ? Math.max(0, (last.cpuMs - first.cpuMs) / (last.at - first.at)) : 0;
  }
}

/** User and system time of a process (proc_pid_stat(5), fields 14 and 15); 0 when it is gone. */
function helperMs(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
  } catch {
    return 0;
  }
}
