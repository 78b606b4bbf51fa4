import type { PromptHistory } from '../options.ts';

const LONGEST_KEPT = 20_000;

/** Walks through what was asked before. Loaded on first use, so that starting does not wait for it. */
export class HistoryWalk {
  readonly #source: PromptHistory | undefined;
  #lines: string[] | undefined;
  /** Index into the lines; their number stands for the draft. */
  #at = 0;
  #draft = '';

  constructor(source: PromptHistory | undefined) {
    this.#source = source;
  }

  /** The entry before the present one; `draft` comes back at the end of the walk. */
  previous(draft: string): string | undefined {
    const lines = this.#load();
    if (this.#at === 0) return undefined;
    if (this.#at === lines.length) this.#draft = draft;
    this.#at -= 1;
    return lines[this.#at];
  }

  next(): string | undefined {
    const lines = this.#load();
    if (this.#at >= lines.length) return undefined;
    this.#at += 1;
    return this.#at === lines.length ? this.#draft : lines[this.#at];
  }

  /** Remembers a line unless it repeats the last one; huge ones are not worth keeping. */
  add(line: string): void {
    const lines = this.#load();
    if (line !== lines.at(-1) && line.length <= LONGEST_KEPT) {
      lines.push(line);
      this.#source?.append(line);
    }
    this.#at = lines.length;
  }

  /** The newest lines that contain `query`, without repetition. */
  search(query: string): string[] {
    const wanted = query.toLowerCase();
    return [...new Set(this.#load().toReversed())].filter(line => line.toLowerCase().includes(wanted));
  }

  #load(): string[] {
    if (!this.#lines) {
      this.#lines = [...(this.#source?.load() ?? [])];
      this.#at = this.#lines.length;
    }
    return this.#lines;
  }
}
