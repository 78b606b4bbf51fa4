import { Worker } from 'node:worker_threads';

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './chains-worker.ts' : './chains-worker.js',
  import.meta.url,
);
const EVERY_MS = 5_000;
/** Windows overlap a little: the writer's last transaction comes late. */
const OVERLAP_MS = 1_000;
const KEPT = 6;
const HEAP_MB = 512;

export interface ChainsOrder {
  fromMs: number;
}

export interface FoundChain {
  /** The same for the same function of a process with the same cause. */
  key: string;
  excessMs: number;
  sentence: string;
}

/**
 * Causal chains of a recording that goes on, found in a thread of their own every few seconds in what has come since,
 * and never before the last search is over: on a busy machine there are fewer.
 */
export class LiveChains {
  readonly #worker: Worker;
  readonly #elapsedMs: () => number;
  readonly #found = new Map<string, FoundChain>();
  #timer: NodeJS.Timeout;
  #searchedToMs = 0;

  constructor(path: string, elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
    this.#worker = new Worker(WORKER, {
      workerData: { path },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker.unref();
    this.#worker.on('message', (found: FoundChain[]) => this.#take(found));
    // A view goes on without chains; the summary looks for them again.
    this.#worker.on('error', () => this.stop());
    this.#timer = this.#searchLater();
  }

  /** The ones that cost most time first. */
  get sentences(): string[] {
    return this.#ranked().map(chain => chain.sentence);
  }

  stop(): void {
    clearTimeout(this.#timer);
    void this.#worker.terminate();
  }

  #searchLater(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const fromMs = Math.max(0, this.#searchedToMs - OVERLAP_MS);
      this.#searchedToMs = this.#elapsedMs();
      this.#worker.postMessage({ fromMs } satisfies ChainsOrder);
    }, EVERY_MS);
    return timer.unref();
  }

  #take(found: readonly FoundChain[]): void {
    for (const chain of found) {
      const before = this.#found.get(chain.key);
      if (!before || chain.excessMs >= before.excessMs) this.#found.set(chain.key, chain);
    }
    const kept = this.#ranked().slice(0, KEPT);
    this.#found.clear();
    for (const chain of kept) this.#found.set(chain.key, chain);
    this.#timer = this.#searchLater();
  }

  #ranked(): FoundChain[] {
    return [...this.#found.values()].toSorted((a, b) => b.excessMs - a.excessMs);
  }
}
