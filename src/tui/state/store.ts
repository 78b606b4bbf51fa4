import type { AgentEvent } from '../../agent/events.ts';
import { reduce } from './reduce.ts';
import { emptyView, type View } from './view.ts';

/** Milliseconds between two announcements: the screen follows at 20 frames a second at most. */
const ANNOUNCE_MS = 50;
const EVENTS_A_SLICE = 500;

/**
 * Holds the view of one event stream. Every event is reduced as it comes; subscribers hear of it at once when
 * they have had peace, else at most 20 times a second.
 */
export class ViewStore {
  #view: View = emptyView();
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastAnnounced = 0;

  readonly snapshot = (): View => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows a stream to its end, letting keys and timers through between slices. */
  async follow(events: AsyncIterable<AgentEvent>, signal: AbortSignal): Promise<void> {
    let inSlice = 0;
    for await (const event of events) {
      if (signal.aborted) return;
      this.update(view => reduce(view, event));
      inSlice += 1;
      if (inSlice >= EVENTS_A_SLICE) {
        inSlice = 0;
        await new Promise(resolve => setImmediate(resolve));
      }
    }
  }

  /** Changes the view for what no event says: output of commands, a cleared screen. */
  update(change: (view: View) => View): void {
    this.#view = change(this.#view);
    if (this.#timer) return;
    const wait = this.#lastAnnounced + ANNOUNCE_MS - performance.now();
    this.#timer = setTimeout(() => this.#announce(), Math.max(0, wait));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #announce(): void {
    this.#timer = undefined;
    this.#lastAnnounced = performance.now();
    for (const listener of this.#listeners) listener();
  }
}
