import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  timeoutMs: number;
  everyMs?: number;
  /** Called between attempts; throws to give up early, for instance because a program has died. */
  check?: () => Promise<void>;
}

/**
 * Repeats `attempt` until it returns something other than undefined, and resolves to that. What it throws counts
 * as "not yet"; the last such error is the reason given when time runs out.
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T | undefined>,
  options: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await options.check?.();
    if (performance.now() > deadline) {
      const why = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`Waited ${options.timeoutMs / 1000} s for ${what}${why}`, { cause: last });
    }
    await sleep(options.everyMs ?? 100);
  }
}
