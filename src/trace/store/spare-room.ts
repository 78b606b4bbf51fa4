import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';

/** More than a log that is due to be folded into the file, and the totals beside it. */
const BYTES = 12 * 1024 * 1024;

/**
 * Room on the disk that is kept back for closing a trace in order once the disk is full: a file without a name, so
 * that it is gone with the process, however that ends.
 */
export class SpareRoom {
  #file: number | undefined;

  /** Takes as much as there is. `beside` is the path of the trace. */
  constructor(beside: string) {
    const path = `${beside}-spare`;
    try {
      this.#file = openSync(path, 'wx', 0o600);
      unlinkSync(path);
      const piece = new Uint8Array(1024 * 1024);
      for (let at = 0; at < BYTES; at += piece.length) writeSync(this.#file, piece);
    } catch {
      // A disk as full as that: what could be had is better than nothing, and writing will say so itself.
    }
  }

  give(): void {
    if (this.#file === undefined) return;
    ftruncateSync(this.#file);
    closeSync(this.#file);
    this.#file = undefined;
  }
}
