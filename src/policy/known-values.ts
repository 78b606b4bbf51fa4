/** Values shorter than this are never looked for in text. */
const MIN = 6;
const BLOCK = 3;

/** Texts with the same beginning, by length: longest first, each length one look-up however many there are. */
interface Bucket {
  lengths: number[];
  byLength: Map<number, Map<string, string>>;
}

/**
 * Finds any of many fixed strings in a text and replaces them (Wu and Manber, "A fast algorithm for
 * multi-pattern searching", 1994, with blocks of three characters): most of a text is skipped in steps of four,
 * however many strings there are. Strings can be added at any time.
 */
export class KnownValues {
  readonly #shift = new Uint8Array(65_536).fill(MIN - BLOCK + 1);
  readonly #buckets = new Map<number, Bucket>();
  readonly #texts = new Set<string>();

  get size(): number {
    return this.#texts.size;
  }

  add(text: string, placeholder: string): void {
    if (text.length < MIN || this.#texts.has(text)) return;
    this.#texts.add(text);
    for (let end = BLOCK - 1; end < MIN; end++) {
      const hash = hashAt(text, end);
      this.#shift[hash] = Math.min(this.#shift[hash]!, MIN - 1 - end);
    }
    const hash = hashAt(text, MIN - 1);
    const bucket = this.#buckets.get(hash) ?? { lengths: [], byLength: new Map() };
    const texts = bucket.byLength.get(text.length);
    if (texts) texts.set(text, placeholder);
    else {
      bucket.byLength.set(text.length, new Map([[text, placeholder]]));
      bucket.lengths = [...bucket.byLength.keys()].sort((a, b) => b - a);
    }
    this.#buckets.set(hash, bucket);
  }

  remove(text: string): void {
    if (!this.#texts.delete(text)) return;
    this.#buckets
      .get(hashAt(text, MIN - 1))
      ?.byLength.get(text.length)
      ?.delete(text);
  }

  replace(text: string): string {
    if (this.#texts.size === 0 || text.length < MIN) return text;
    const shift = this.#shift;
    let out = '';
    let copied = 0;
    let end = MIN - 1;
    while (end < text.length) {
      const hash = hashAt(text, end);
      const step = shift[hash]!;
      if (step > 0) {
        end += step;
        continue;
      }
      const start = end - MIN + 1;
      const found = longestAt(this.#buckets.get(hash), text, start);
      if (!found) {
        end += 1;
        continue;
      }
      out += text.slice(copied, start) + found.placeholder;
      copied = start + found.length;
      end = copied + MIN - 1;
    }
    return copied === 0 ? text : out + text.slice(copied);
  }
}

function longestAt(
  bucket: Bucket | undefined,
  text: string,
  start: number,
): { placeholder: string; length: number } | undefined {
  for (const length of bucket?.lengths ?? []) {
    const placeholder = bucket!.byLength.get(length)!.get(text.slice(start, start + length));
    if (placeholder !== undefined) return { placeholder, length };
  }
  return undefined;
}

function hashAt(text: string, end: number): number {
  return ((text.charCodeAt(end - 2) << 11) ^ (text.charCodeAt(end - 1) << 5) ^ text.charCodeAt(end)) & 0xffff;
}
