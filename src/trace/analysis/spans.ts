/** A stretch of time, in nanoseconds. */
export interface Span {
  start: number;
  dur: number;
}

/** Stretches of time, those that overlap made one, to ask quickly whether another touches them. */
export class SpanSet {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(spans: readonly Span[]) {
    for (const { start, dur } of [...spans].sort((a, b) => a.start - b.start)) {
      const last = this.#ends.at(-1);
      if (last !== undefined && start <= last)
        this.#ends[this.#ends.length - 1] = Math.max(last, start + dur);
      else {
        this.#starts.push(start);
        this.#ends.push(start + dur);
      }
    }
  }

  /** Whether `[from, to)` and one of them have time in common; a moment (`from` = `to`) lies in one. */
  touches(from: number, to: number): boolean {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! > from) high = middle;
      else low = middle + 1;
    }
    return low < this.#starts.length && this.#starts[low]! < Math.max(to, from + 1);
  }
}
