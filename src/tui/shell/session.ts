import type { SessionController } from '../../agent/controller.ts';
import { blockRows, isBlockCut } from '../layout/block.ts';
import { EMPTY_FRAME, type Frame, frameOf } from '../layout/frame.ts';
import { span } from '../layout/row.ts';
import type { TuiOptions, TuiResult } from '../options.ts';
import { append, close } from '../state/blocks.ts';
import { withRecap } from '../state/recap.ts';
import { ViewStore } from '../state/store.ts';
import { type Block, emptyView } from '../state/view.ts';
import type { Screen } from '../terminal/screen.ts';
import { createSuspension } from '../terminal/suspend.ts';
import type { Theme } from '../theme.ts';
import { Shell } from './shell.ts';

/** Which blocks the scrollback gets: those from `from` on, printed anew when `epoch` changes. */
export interface Scrollback {
  epoch: number;
  from: number;
}

/** One terminal session: events in, frames and finished blocks out, keys in between. */
export class TuiSession {
  readonly store: ViewStore;
  readonly shell: Shell;
  readonly screen: Screen;
  readonly theme: Theme;
  readonly options: TuiOptions;
  readonly left: Promise<TuiResult>;
  readonly #resolve: (result: TuiResult) => void;
  readonly #listeners = new Set<() => void>();
  readonly #expanded = new Set<number>();
  readonly #suspension: ReturnType<typeof createSuspension>;
  #following = new AbortController();
  #scrollback: Scrollback = { epoch: 0, from: 0 };
  #hasLeft = false;
  #maxScroll = 0;
  #isFollowing = false;

  constructor(controller: SessionController, options: TuiOptions, parts: { screen: Screen; theme: Theme }) {
    this.options = options;
    this.store = new ViewStore(() => options.prices?.());
    this.screen = parts.screen;
    this.theme = parts.theme;
    const { promise, resolve } = Promise.withResolvers<TuiResult>();
    this.left = promise;
    this.#resolve = resolve;
    this.#suspension = createSuspension(options.stdin, options.stdout, {
      beforeStop: () => this.screen.erase(),
      onContinued: () => this.screen.drawAgain(),
      onInterrupted: () => this.redraw(),
    });
    this.shell = new Shell({
      controller,
      options,
      store: this.store,
      screen: {
        now: () => Date.now(),
        maxScroll: () => this.#maxScroll,
        leave: exit => this.leave(exit),
        redraw: () => this.redraw(),
        suspend: () => this.#suspension.suspend(),
        clearScreen: () => this.#clear(),
        expandLast: () => this.#expandLast(),
        follow: next => this.#follow(next),
      },
    });
    this.store.subscribe(() => this.#changed());
    const { title } = options;
    if (title) this.store.update(view => append(view, { kind: 'output', rows: [[span(title, 'title')]] }));
    this.#follow(controller);
    if (options.initialQuestion) this.shell.submit(options.initialQuestion);
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  readonly scrollback = (): Scrollback => this.#scrollback;

  readonly onScrollback = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The live part as it is now. */
  frame(live: readonly Block[], tick: number): Frame {
    if (this.#hasLeft) return EMPTY_FRAME;
    const { glyphs } = this.theme;
    const { controller } = this.shell;
    const view = this.store.snapshot();
    const frame = frameOf({
      view,
      live,
      shell: this.shell.snapshot(),
      context: controller.context,
      size: this.screen.size(),
      glyphs,
      now: Date.now(),
      spinner: this.options.noAnimation ? undefined : glyphs.spinner[tick % glyphs.spinner.length],
    });
    this.#maxScroll = frame.maxScroll ?? 0;
    return frame;
  }

  /** A finished block as lines of text, ready for the scrollback. */
  lines(block: Block): string[] {
    const width = Math.max(20, this.screen.size().columns - 1);
    const rows = blockRows(block, {
      width,
      glyphs: this.theme.glyphs,
      live: false,
      expanded: false,
      canExpand: true,
    });
    return rows.map(this.theme.paint);
  }

  leave(exit: TuiResult['exit']): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.store.update(view => close(view));
    const { lastStatus } = this.store.snapshot();
    this.#scrollback = { ...this.#scrollback };
    this.#announce();
    const { controller } = this.shell;
    this.#resolve(lastStatus === undefined ? { exit, controller } : { exit, lastStatus, controller });
  }

  /** Clears what is visible and draws it again, with as many finished blocks as fit above. */
  redraw(): void {
    const { blocks } = this.store.snapshot();
    const finished = finishedCount(blocks);
    let room = this.screen.size().rows - 8;
    let from = finished;
    while (from > 0 && room > 0) {
      room -= this.lines(blocks[from - 1]!).length;
      if (room >= 0) from -= 1;
    }
    this.screen.wipe();
    this.#scrollback = { epoch: this.#scrollback.epoch + 1, from };
    this.#announce();
  }

  stop(): void {
    this.#following.abort();
    this.#suspension.dispose();
    this.store.stop();
    this.shell.stop();
    this.#listeners.clear();
  }

  #follow(controller: SessionController): void {
    this.#following.abort();
    this.#following = new AbortController();
    if (this.#isFollowing) this.#clear(true);
    this.#isFollowing = true;
    this.#expanded.clear();
    const { prices } = this.options;
    const past = this.options.past?.(controller.id) ?? [];
    this.store.update(view => withRecap(view, past, prices?.()));
    void this.store.follow(controller.events, this.#following.signal);
  }

  #changed(): void {
    this.shell.sync();
    if (this.options.exitWhenDone && this.store.snapshot().finished > 0) this.leave('done');
  }

  #clear(isNewSession = false): void {
    if (!isNewSession) this.screen.wipe();
    this.store.update(view =>
      isNewSession ? emptyView() : { ...view, blocks: view.blocks.filter(block => !block.done) },
    );
    this.#scrollback = { epoch: this.#scrollback.epoch + 1, from: 0 };
    this.#announce();
  }

  #expandLast(): void {
    const { blocks } = this.store.snapshot();
    const context = {
      width: this.screen.size().columns,
      glyphs: this.theme.glyphs,
      live: false,
      expanded: false,
      canExpand: true,
    };
    const of = blocks.findLast(block => !this.#expanded.has(block.key) && isBlockCut(block, context));
    if (!of) return;
    this.#expanded.add(of.key);
    this.store.update(view => append(view, { kind: 'expansion', of }));
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** How many blocks from the start are finished and may go into the scrollback. */
export function finishedCount(blocks: readonly Block[]): number {
  const index = blocks.findIndex(block => !block.done);
  return index < 0 ? blocks.length : index;
}
