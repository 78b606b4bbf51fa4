import type { LiveTrace } from '../../trace/recorder/recording.ts';
import { EMPTY_FRAME, type Frame } from '../layout/frame.ts';
import { Store } from '../state/store.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Theme } from '../theme.ts';
import { traceRows } from './rows.ts';
import { EMPTY_TRACE_VIEW, pressKey, type TraceView } from './state.ts';
import type { TraceTarget, TraceViewOptions } from './types.ts';

/** A recording on screen: what goes on comes in, frames come out. */
export class TraceSession {
  readonly store = new Store<TraceView>(EMPTY_TRACE_VIEW);
  readonly screen: Screen;
  readonly theme: Theme;
  readonly #target: TraceTarget;
  readonly #options: TraceViewOptions;
  #hasLeft = false;

  constructor(target: TraceTarget, options: TraceViewOptions, parts: { screen: Screen; theme: Theme }) {
    this.#target = target;
    this.#options = options;
    this.screen = parts.screen;
    this.theme = parts.theme;
  }

  readonly show = (now: LiveTrace): void => {
    this.store.update(view => ({ ...view, now }));
  };

  press(key: string): void {
    this.store.update(view => pressKey(view, key));
    this.store.flush();
  }

  /** A person has seen enough: the recording is asked to end, and the view shows that it does. */
  readonly stop = (): void => {
    this.store.update(view => ({
      ...view,
      held: undefined,
      now: view.now && { ...view.now, state: 'ending' },
    }));
    this.store.flush();
    this.#options.onStop();
  };

  /** Leaves the screen empty for the summary. */
  leave(): void {
    this.#hasLeft = true;
    this.store.update(view => ({ ...view }));
    this.store.flush();
  }

  frame(view: TraceView): Frame {
    if (this.#hasLeft) return EMPTY_FRAME;
    const rows = traceRows(view, this.#target, { size: this.screen.size(), glyphs: this.theme.glyphs });
    return { rows, cursor: undefined };
  }
}
