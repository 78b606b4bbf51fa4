/**
 * Active CPU time of one script, in memory shared by the worker that spends it and the main thread that watches.
 * Slot 0: when the running slice began (monotonic ns, 0 while the worker waits). Slot 1: ns spent in earlier slices.
 */
export class CpuClock {
  readonly #slots: BigInt64Array;

  constructor(shared: SharedArrayBuffer) {
    this.#slots = new BigInt64Array(shared);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(16);
  }

  get running(): boolean {
    return Atomics.load(this.#slots, 0) !== 0n;
  }

  get spentMs(): number {
    const since = Atomics.load(this.#slots, 0);
    const slice = since === 0n ? 0n : process.hrtime.bigint() - since;
    return Number(Atomics.load(this.#slots, 1) + slice) / 1e6;
  }

  reset(): void {
    Atomics.store(this.#slots, 1, 0n);
    Atomics.store(this.#slots, 0, 0n);
  }

  begin(): void {
    Atomics.store(this.#slots, 0, process.hrtime.bigint());
  }

  end(): void {
    const since = Atomics.load(this.#slots, 0);
    if (since === 0n) return;
    Atomics.add(this.#slots, 1, process.hrtime.bigint() - since);
    Atomics.store(this.#slots, 0, 0n);
  }
}
