const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Takes `<think>…</think>` out of streamed text, wherever the chunks are cut. Only a tag at the start of a line
 * counts, so that a script which merely mentions one passes. Thoughts that never end are dropped whole.
 */
export class ThinkFilter {
  #thinking = false;
  #held = '';
  #lineStart = true;
  /** True right after thoughts: the blank lines that follow them are theirs. */
  #afterThoughts = false;

  /** The visible part of the text so far that was not returned before. */
  push(chunk: string): string {
    this.#held += chunk;
    let out = '';
    for (;;) {
      const step = this.#thinking ? this.#skipThoughts() : this.#takeText();
      if (step === undefined) return out;
      out += step;
    }
  }

  /** What was held back because it might have become a tag. */
  end(): string {
    const rest = this.#thinking ? '' : this.#held;
    this.#held = '';
    return rest;
  }

  /** undefined: more text is needed. */
  #skipThoughts(): string | undefined {
    const end = this.#held.indexOf(CLOSE);
    if (end < 0) {
      this.#held = this.#held.slice(-(CLOSE.length - 1));
      return undefined;
    }
    this.#held = this.#held.slice(end + CLOSE.length);
    this.#thinking = false;
    this.#lineStart = true;
    this.#afterThoughts = true;
    return '';
  }

  #takeText(): string | undefined {
    if (this.#afterThoughts) {
      this.#held = this.#held.replace(/^\s+/, '');
      if (this.#held === '') return undefined;
      this.#afterThoughts = false;
    }
    if (this.#held === '') return undefined;
    if (this.#lineStart) {
      const indent = /^[ \t]*/.exec(this.#held)![0];
      const rest = this.#held.slice(indent.length);
      if (rest.startsWith(OPEN)) {
        this.#held = rest.slice(OPEN.length);
        this.#thinking = true;
        return '';
      }
      if (OPEN.startsWith(rest)) return undefined;
    }
    const newline = this.#held.indexOf('\n');
    const taken = newline < 0 ? this.#held : this.#held.slice(0, newline + 1);
    this.#held = this.#held.slice(taken.length);
    this.#lineStart = newline >= 0;
    return taken;
  }
}
