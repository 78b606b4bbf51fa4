/** Numbers from 1 for the opaque handles of processes: streams, communicators. */
export class Handles {
  readonly #known = new Map<number, Map<number, number>>();
  readonly #onNew: (id: number, pid: number, handle: number) => void;
  #count = 0;

  constructor(onNew: (id: number, pid: number, handle: number) => void = () => {}) {
    this.#onNew = onNew;
  }

  id(pid: number, handle: number): number {
    let own = this.#known.get(pid);
    if (!own) {
      own = new Map();
      this.#known.set(pid, own);
    }
    const known = own.get(handle);
    if (known !== undefined) return known;
    this.#count += 1;
    own.set(handle, this.#count);
    this.#onNew(this.#count, pid, handle);
    return this.#count;
  }
}
