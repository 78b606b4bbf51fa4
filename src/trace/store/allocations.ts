/** Beyond this many live allocations the oldest are forgotten, and their frees stay without size and pair. */
const MOST = 1_000_000;

export interface Allocation {
  /** Of its call. */
  id: number;
  bytes: number;
}

/** What is allocated now, by process, layer and pointer. */
export class Allocations {
  readonly #live = new Map<string, Map<number, Allocation>>();
  readonly #most: number;
  #count = 0;

  constructor(most: number = MOST) {
    this.#most = most;
  }

  add(pid: number, layer: string, pointer: number, allocation: Allocation): void {
    const key = `${pid} ${layer}`;
    let own = this.#live.get(key);
    if (!own) {
      own = new Map();
      this.#live.set(key, own);
    }
    if (!own.delete(pointer)) this.#count += 1;
    own.set(pointer, allocation);
    if (this.#count > this.#most) this.#forgetOldest();
  }

  /** What the pointer had been allocated with; it is no longer live then. */
  free(pid: number, layer: string, pointer: number): Allocation | undefined {
    const own = this.#live.get(`${pid} ${layer}`);
    const found = own?.get(pointer);
    if (found && own!.delete(pointer)) this.#count -= 1;
    return found;
  }

  /** The process has ended, and its memory with it. */
  forget(pid: number): void {
    for (const [key, own] of this.#live) {
      if (!key.startsWith(`${pid} `)) continue;
      this.#count -= own.size;
      this.#live.delete(key);
    }
  }

  #forgetOldest(): void {
    const largest = [...this.#live.values()].reduce((most, own) => (own.size > most.size ? own : most));
    for (const pointer of largest.keys()) {
      largest.delete(pointer);
      this.#count -= 1;
      return;
    }
  }
}
