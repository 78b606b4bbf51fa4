import { EventEmitter } from 'node:events';

export interface ScreenSize {
  columns: number;
  rows: number;
}

/** What of a frame matters for erasing it: how wide its rows are and where the cursor was left. */
export interface DrawnFrame {
  widths: readonly number[];
  cursor: { x: number; y: number } | undefined;
  /** Blocks in the scrollback above it. */
  finished: number;
}

const ERASE_DOWN = '\u001b[J';
const NOTHING: DrawnFrame = { widths: [], cursor: undefined, finished: 0 };

/**
 * The output stream that Ink draws on. It stands between Ink and the terminal for one reason: when the width
 * changes, terminals re-wrap what is on screen, so the frame is no longer as many rows high as Ink believes, and
 * erasing by Ink's count leaves pieces of it behind. This stream knows the frame that was drawn, computes how
 * high it is after re-wrapping, erases exactly that, and has Ink start afresh.
 */
export class Screen extends EventEmitter {
  readonly #stdout: NodeJS.WriteStream;
  readonly #listeners = new Set<() => void>();
  #size: ScreenSize;
  #isMuted = false;
  #forget: (() => void) | undefined;
  #committed: DrawnFrame = NOTHING;
  #drawn: DrawnFrame = NOTHING;
  #erasesFirst = false;
  /** Rows of erased frames that a smaller screen had pushed into the scrollback; a larger one brings them back. */
  #spilled: readonly number[] = [];

  constructor(stdout: NodeJS.WriteStream) {
    super();
    this.#stdout = stdout;
    this.#size = readSize(stdout);
    stdout.on('resize', this.#resized);
  }

  get isTTY(): boolean {
    return true;
  }

  get columns(): number {
    return this.#size.columns;
  }

  get rows(): number {
    return this.#size.rows;
  }

  get writable(): boolean {
    return this.#stdout.writable;
  }

  get destroyed(): boolean {
    return this.#stdout.destroyed;
  }

  get writableEnded(): boolean {
    return this.#stdout.writableEnded;
  }

  readonly size = (): ScreenSize => this.#size;

  readonly onResize = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  write(data: string | Uint8Array, callback?: (error?: Error | null) => void): boolean {
    if (this.#isMuted) {
      callback?.();
      return true;
    }
    if (this.#erasesFirst) {
      this.#erasesFirst = false;
      this.erase();
    }
    const isPlain = typeof data !== 'string' || !data.includes(ERASE_DOWN);
    return this.#stdout.write(
      isPlain ? data : data.replaceAll(ERASE_DOWN, eraseRows(this.#size.rows)),
      callback,
    );
  }

  /** `forget` makes Ink believe that nothing of its frame is on screen. */
  attach(forget: () => void): void {
    this.#forget = forget;
  }

  /** The frame that React committed; it counts as drawn once `rendered` says so. */
  commit(frame: DrawnFrame): void {
    // Finished blocks went in between: what was spilled is no longer next to the frame.
    if (frame.finished !== this.#committed.finished) this.#spilled = [];
    this.#committed = frame;
  }

  readonly rendered = (): void => {
    this.#drawn = this.#committed;
  };

  /** Writes a frame without Ink: the first one, while Ink is still being loaded. Ink's first write replaces it. */
  paint(lines: readonly string[], frame: DrawnFrame): void {
    this.#stdout.write(`${lines.join('\n')}\n`);
    this.#drawn = { ...frame, cursor: undefined };
    this.#erasesFirst = true;
  }

  /** Removes the frame from the terminal, whatever became of it since it was drawn. */
  erase() {
    this.#detach();
    const { columns, rows } = this.#size;
    const { widths, cursor } = this.#drawn;
    const above = [...this.#spilled, ...widths.slice(0, cursor?.y)];
    const below = cursor ? widths.slice(cursor.y) : [];
    const up = heightOf(above, columns);
    const height = Math.min(rows, up + heightOf(below, columns) + 1);
    this.#stdout.write(`${up > 0 ? `\u001b[${up}A` : ''}\r${eraseRows(height)}`);
    this.#spilled = firstRows(above, up - (rows - 1), columns);
    this.#drawn = NOTHING;
  }

  /** Empties the visible screen; the scrollback keeps what it has. */
  wipe() {
    this.#detach();
    this.#stdout.write(`\u001b[H${eraseRows(this.#size.rows)}`);
    this.#drawn = NOTHING;
  }

  /** Draws the frame again from the cursor on, after `erase` and whatever others have written since. */
  drawAgain(): void {
    this.#size = readSize(this.#stdout);
    for (const listener of this.#listeners) listener();
  }

  dispose(): void {
    this.#stdout.off('resize', this.#resized);
    this.#listeners.clear();
  }

  /** Lets Ink forget its frame without writing the sequences by which it would remove it. */
  #detach() {
    this.#isMuted = true;
    this.#forget?.();
    this.#isMuted = false;
  }

  readonly #resized = () => {
    this.#size = readSize(this.#stdout);
    this.erase();
    this.drawAgain();
  };
}

/** Rows that lines of these widths take after the terminal wrapped them to `columns`. */
function heightOf(widths: readonly number[], columns: number): number {
  return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
}

/** The lines at the start that make up `height` rows. */
function firstRows(widths: readonly number[], height: number, columns: number): number[] {
  const lines: number[] = [];
  for (let left = height; left > 0 && lines.length < widths.length; ) {
    const width = widths[lines.length]!;
    lines.push(width);
    left -= heightOf([width], columns);
  }
  return lines;
}

/**
 * Empties `count` rows from the cursor on and comes back to it. Row by row: erasing to the end of the screen
 * (CSI J) from its top makes tmux and others push what was there into the scrollback first.
 */
function eraseRows(count: number): string {
  return `\u001b7${Array(count).fill('\u001b[2K').join('\u001b[1B')}\u001b8`;
}

function readSize(stdout: NodeJS.WriteStream): ScreenSize {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}
