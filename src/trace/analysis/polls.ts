import type { OffCpu } from '../model.ts';

/** A thread that sleeps for the same time again and again is waiting for something to do, and delays nothing. */
export interface PollSleep {
  /** The timeout it sleeps for. */
  nominal: number;
  count: number;
  /** Time slept so in all. */
  total: number;
}

/** Timeouts that programs poll with, in nanoseconds. */
const TIMEOUTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000].map(ms => ms * 1e6);
/** A sleep may end this much beside its timeout. */
const BAND = 0.01;
/** Around a timeout, sleeps of other lengths must be rarer than those of just that length. */
const SURROUND = 0.2;
const LEAST_POLLS = 8;

/** Shorter sleeps are near no timeout. */
export const SHORTEST_POLL = TIMEOUTS[0]! * (1 - SURROUND);

/** Finds the timeouts at which the sleeps of one thread gather, from durations in any order. */
export class PollCounter {
  readonly #near = TIMEOUTS.map(nominal => ({ nominal, count: 0, total: 0, around: 0 }));

  add(dur: number, state: string | null): void {
    if (dur < SHORTEST_POLL || state === 'R') return;
    for (const near of this.#near) {
      const beside = Math.abs(dur - near.nominal);
      if (beside > near.nominal * SURROUND) continue;
      near.around += 1;
      if (beside > near.nominal * BAND) continue;
      near.count += 1;
      near.total += dur;
    }
  }

  polls(): PollSleep[] {
    return this.#near
      .filter(({ count, around }) => count >= LEAST_POLLS && count * 2 >= around)
      .map(({ nominal, count, total }) => ({ nominal, count, total }));
  }
}

export function isPoll(interval: Pick<OffCpu, 'dur'>, polls: readonly PollSleep[]): boolean {
  return polls.some(({ nominal }) => Math.abs(interval.dur - nominal) <= nominal * BAND);
}
