import { RecordDecoder } from '../record/decode.ts';
import type { MetaRecord, TraceRecord } from '../record/types.ts';

/** Beyond this a command is let go with whatever probes there are. */
const PATIENCE_MS = 10_000;

export interface AwaitedProbes {
  pid: number;
  /** How many libraries the helper was given to look at. */
  libraries: number;
}

/**
 * Reads along at the beginning of the helper's stream: when the trace began, and when the helper follows a process and
 * has placed probes on the libraries that it was given, from when on nothing that the process calls is missed.
 */
export class StreamHead {
  readonly #decoder = new RecordDecoder();
  readonly #awaited: AwaitedProbes | undefined;
  readonly #placed = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout | undefined;
  #meta: MetaRecord | undefined;
  #isFollowing = false;
  #hasLooked = false;
  #isSettled: boolean;
  #libraries = 0;

  constructor(awaited: AwaitedProbes | undefined) {
    this.#awaited = awaited;
    this.#isSettled = awaited === undefined;
    if (awaited) this.#timer = setTimeout(() => this.settle(), PATIENCE_MS);
    else this.#placed.resolve();
  }

  /** Undefined until the helper has begun. */
  get meta(): MetaRecord | undefined {
    return this.#meta;
  }

  /** Probes are where they can be, or there is no more hope for them. */
  get placed(): Promise<void> {
    return this.#placed.promise;
  }

  push(chunk: Uint8Array): void {
    if (this.#meta && this.#isSettled) return;
    // A copy, because the decoder keeps the end of a piece.
    for (const record of this.#decoder.push(Uint8Array.from(chunk))) this.#see(record);
    this.#look();
  }

  /** The helper says that it has looked everywhere and found nothing to probe yet. */
  looked(): void {
    this.#hasLooked = true;
    this.#look();
  }

  settle(): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#placed.resolve();
  }

  #see(record: TraceRecord): void {
    if (record.type === 'meta') this.#meta = record;
    if (record.type === 'process' && record.pid === this.#awaited?.pid) this.#isFollowing = true;
    // Process 0: it was named and not found in use. The program itself is among them only if CUDA is linked in.
    if (record.type === 'library' && record.pid === 0) {
      if (record.kind === 'executable') this.#hasLooked ||= this.#awaited?.libraries === 0;
      else this.#libraries += 1;
    }
  }

  #look(): void {
    if (!this.#awaited || this.#isSettled || !this.#isFollowing) return;
    const { libraries } = this.#awaited;
    if (this.#hasLooked || (libraries > 0 && this.#libraries >= libraries)) this.settle();
  }
}
