import type { AgentEvent } from '../../agent/events.ts';
import type { PriceTable } from '../../usage/index.ts';
import { reduce } from './reduce.ts';
import { emptyView, type View } from './view.ts';

/** Milliseconds between two announcements: the screen follows at 20 frames a second at most. */
const ANNOUNCE_MS = 50;
const EVENTS_A_SLICE = 500;

/** Holds what a screen shows. Subscribers hear of changes at once when they have had peace, else 20 times a second at most. */
export class Store<T> {
  #view: T;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastAnnounced = 0;

  constructor(view: T) {
    this.#view = view;
  }

  readonly snapshot = (): T => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  update(change: (view: T) => T): void {
    this.#view = change(this.#view);
    if (this.#timer) return;
    const wait = this.#lastAnnounced + ANNOUNCE_MS - performance.now();
    this.#timer = setTimeout(() => this.#announce(), Math.max(0, wait));
  }

  /** Tells the subscribers now what they have not heard yet. */
  flush(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#announce();
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

/** The view of one session's event stream. Every event is reduced as it comes. */
export class ViewStore extends Store<View> {
  readonly #prices: () => PriceTable | undefined;

  constructor(prices: () => PriceTable | undefined) {
    super(emptyView());
    this.#prices = prices;
  }

  /** Follows a stream to its end, letting keys and timers through between slices. */
  async follow(events: AsyncIterable<AgentEvent>, signal: AbortSignal): Promise<void> {
    let inSlice = 0;
    for await (const event of events) {
      if (signal.aborted) return;
      this.update(view => reduce(view, event, this.#prices()));
      inSlice += 1;
      if (inSlice >= EVENTS_A_SLICE) {
        inSlice = 0;
        await new Promise(resolve => setImmediate(resolve));
      }
    }
  }
}
