import type { Clock } from '../../../src/cluster/clock.ts';

/**
 * Time that passes only by sleeping: every sleep is recorded and over at once, except those of a deadline
 * (30 s and more), which last until they are cancelled.
 */
export class SleepingClock implements Clock {
  readonly sleeps: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (ms >= 30_000)
      await new Promise((_, reject) => signal.addEventListener('abort', reject, { once: true }));
    this.sleeps.push(ms);
    this.#now += ms;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Time that a test moves: `advance` ends the sleeps that are over. */
export class ManualClock implements Clock {
  #now = 0;
  #sleepers: Array<{ at: number; wake: () => void }> = [];
  #watchers: Array<() => void> = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter(sleeper => sleeper.at <= this.#now);
    this.#sleepers = this.#sleepers.filter(sleeper => sleeper.at > this.#now);
    for (const sleeper of due) sleeper.wake();
  }

  /** Resolves when at least `count` sleep at once. */
  async sleeping(count: number): Promise<void> {
    while (this.#sleepers.length < count) {
      await new Promise<void>(resolve => {
        this.#watchers.push(resolve);
      });
    }
  }
}
