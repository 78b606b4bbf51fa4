/** Sums by second, of the last few seconds. */
export class Recent {
  readonly #sums: Float64Array;
  #last = 0;

  constructor(seconds: number) {
    this.#sums = new Float64Array(seconds);
  }

  add(second: number, value: number): void {
    const kept = this.#sums.length;
    if (second <= this.#last - kept) return;
    for (let next = Math.max(this.#last + 1, second - kept + 1); next <= second; next++)
      this.#sums[next % kept] = 0;
    this.#last = Math.max(this.#last, second);
    this.#sums[second % kept]! += value;
  }

  /** The `seconds` up to and with `second`, oldest first. */
  history(second: number, seconds: number): number[] {
    const kept = this.#sums.length;
    return Array.from({ length: seconds }, (_, at) => {
      const each = second - seconds + 1 + at;
      return each >= 0 && each <= this.#last && each > this.#last - kept ? this.#sums[each % kept]! : 0;
    });
  }

  /** Of the `seconds` up to and with `second`. */
  sum(second: number, seconds: number): number {
    return this.history(second, seconds).reduce((total, each) => total + each, 0);
  }
}
