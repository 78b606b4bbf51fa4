import { EMPTY_FRAME, type Frame } from '../layout/frame.ts';
import { type Row, span } from '../layout/row.ts';
import { Store } from '../state/store.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Theme } from '../theme.ts';
import { finishedRaceRow, raceRows, resultRows } from './rows.ts';
import { emptyRace, type RaceView, reduceRace, tokensOf } from './state.ts';
import type { RaceOptions, RaceUpdate } from './types.ts';

/** Share of what is missing that a counter catches up with in one frame. */
const CATCH_UP = 0.4;
const UPDATES_A_SLICE = 500;

/** The race on screen: updates in, frames and finished scenarios out. */
export class RaceSession {
  readonly store = new Store<RaceView>(emptyRace());
  readonly screen: Screen;
  readonly theme: Theme;
  readonly options: RaceOptions;
  readonly left: Promise<void>;
  readonly #leave: () => void;
  /** Tokens on screen by scenario and column. */
  #shown: Readonly<Record<string, number>> = {};
  #race: number | undefined;
  #hasLeft = false;

  constructor(options: RaceOptions, parts: { screen: Screen; theme: Theme }) {
    this.options = options;
    this.screen = parts.screen;
    this.theme = parts.theme;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.left = promise;
    this.#leave = resolve;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Follows the race to its end, letting keys and timers through between slices. */
  async follow(updates: AsyncIterable<RaceUpdate>): Promise<void> {
    let inSlice = 0;
    for await (const update of updates) {
      if (this.#hasLeft) return;
      this.store.update(view => reduceRace(view, update));
      inSlice = (inSlice + 1) % UPDATES_A_SLICE;
      if (inSlice === 0) await new Promise(resolve => setImmediate(resolve));
    }
  }

  /** A person has seen enough. */
  stop(): void {
    if (this.#hasLeft) return;
    this.leave();
    this.options.onStop?.();
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.store.update(view => ({ ...view }));
    this.store.flush();
    this.#leave();
  }

  /** The race under way as it is now. Counters go up a little with every frame. */
  frame(view: RaceView, tick: number): Frame {
    const { current } = view;
    if (this.#hasLeft || !current) return EMPTY_FRAME;
    const { glyphs } = this.theme;
    const spinner = this.options.noAnimation ? undefined : glyphs.spinner[tick % glyphs.spinner.length];
    const before = this.#race === current.index ? this.#shown : {};
    this.#race = current.index;
    this.#shown = Object.fromEntries(
      current.lanes.map(lane => {
        const target = tokensOf(lane);
        const from = before[lane.id] ?? 0;
        const isStill = spinner === undefined || lane.done !== undefined;
        return [lane.id, isStill ? target : from + Math.ceil((target - from) * CATCH_UP)];
      }),
    );
    const rows = raceRows(current, {
      size: this.screen.size(),
      glyphs,
      now: Date.now(),
      spinner,
      shown: this.#shown,
    });
    return { rows, cursor: undefined };
  }

  /** What goes above the frame, once: finished scenarios, then the table. */
  above(view: RaceView): Array<{ key: number; lines: string[] }> {
    const { columns } = this.screen.size();
    const rows: Row[][] = view.finished.map((race, index) => [
      ...(index === 0 ? [[]] : []),
      finishedRaceRow(race, columns, this.theme.glyphs),
    ]);
    if (this.#hasLeft && view.current && !view.results) rows.push([[span('  stopped', 'warn')]]);
    if (view.results) rows.push(resultRows(view.results, columns));
    return rows.map((lines, key) => ({ key, lines: lines.map(this.theme.paint) }));
  }
}
