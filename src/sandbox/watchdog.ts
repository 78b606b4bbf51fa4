import type { CpuClock } from './cpu-clock.ts';

/** How far past its limit a script may compute before its thread is ended; QuickJS normally stops itself earlier. */
const GRACE_MS = 150;
const SHORTEST_MS = 20;

/** Calls `stuck` once a worker has computed past its limit without stopping by itself (inside a native builtin). */
export function watchCpu(clock: CpuClock, cpuMs: number, stuck: () => void): () => void {
  let timer: NodeJS.Timeout;
  const look = () => {
    const left = cpuMs + GRACE_MS - clock.spentMs;
    if (left <= 0) stuck();
    else timer = setTimeout(look, Math.max(SHORTEST_MS, left));
  };
  timer = setTimeout(look, cpuMs + GRACE_MS);
  return () => clearTimeout(timer);
}
