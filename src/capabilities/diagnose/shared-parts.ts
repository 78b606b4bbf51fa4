import { hash } from 'node:crypto';

/** Longer JSON is known by its digest, so that knowing it takes less room than the value itself. */
const LONG = 128;

/** Hands out one value for all that are equal as JSON. */
export class SharedParts {
  readonly #known = new Map<string, unknown>();

  /** The first of the values equal to this one; `finish` sees it once, before it is handed out. */
  of<T>(value: T, finish?: (made: T) => void): T {
    const isText = typeof value === 'string';
    if (!isText && (typeof value !== 'object' || value === null)) return value;
    const text = isText ? value : JSON.stringify(value);
    const key = text.length > LONG ? hash('sha256', text, 'base64') : text;
    const known = this.#known.get(key);
    if (typeof known === typeof value) return known as T;
    // Parsed anew it takes exactly the room it needs, and holds nothing of the object that it came with.
    const kept = isText ? value : (JSON.parse(text) as T);
    finish?.(kept);
    this.#known.set(key, kept);
    return kept;
  }
}
