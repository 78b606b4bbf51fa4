import type { Effect } from '../policy/types.ts';
import { isRecord } from '../shared/json.ts';

/** One capability call as it really happened. `result` is the redacted JSON text that the script received. */
export interface JournalEntry {
  call: number;
  turn: number;
  name: string;
  args: unknown;
  effect: Effect;
  ok: boolean;
  result: string;
  error?: string;
  startedAt: number;
  durationMs: number;
}

/** Text that is kept searchable for one entry, in characters; the rest of a larger result cannot be quoted from. */
const SEARCHABLE = 4_000_000;
/** Text that is kept searchable in all; beyond it the oldest entries are forgotten for grounding (not for replay). */
const SEARCHABLE_TOTAL = 64_000_000;

/**
 * The calls of one session, for grounding: reports may only claim what an entry here really returned. `onAdd`
 * hears of every entry as it happens, so that the session store can replay it.
 */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #haystacks = new Map<number, string>();
  #searchable = 0;
  /** Hears of every entry as it is added. */
  onAdd: (entry: JournalEntry) => void = () => {};

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
    this.#searchable += Math.min(entry.result.length, SEARCHABLE);
    for (let i = 0; this.#searchable > SEARCHABLE_TOTAL && i < this.#entries.length - 1; i++) {
      const old = this.#entries[i]!;
      this.#searchable -= Math.min(old.result.length, SEARCHABLE);
      this.#haystacks.delete(old.call);
      old.result = '';
    }
    this.onAdd({ ...entry });
  }

  /** The newest entry that really returned all of these texts, in this order. */
  find(fragments: string[]): JournalEntry | undefined {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]!;
      const text = this.#haystack(entry);
      let from = 0;
      const all = fragments.every(fragment => {
        const at = indexOfWhole(text, fragment, from);
        from = at + fragment.length;
        return at >= 0;
      });
      if (all) return entry;
    }
    return undefined;
  }

  #haystack(entry: JournalEntry): string {
    const known = this.#haystacks.get(entry.call);
    if (known !== undefined) return known;
    const text = normalise(searchableText(entry.ok ? entry.result : (entry.error ?? '')));
    this.#haystacks.set(entry.call, text);
    return text;
  }
}

/** Quotes are compared without regard to white space, quotation marks and case. */
export function normalise(text: string): string {
  return text
    .replace(/[\s"'`“”‘’\\]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** Short fragments (names, numbers) must stand alone: `9` is not found in `192.0.2.9x`. */
function indexOfWhole(text: string, fragment: string, from: number): number {
  for (let at = text.indexOf(fragment, from); at >= 0; at = text.indexOf(fragment, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + fragment.length] ?? ' ';
    const opens = !/[a-z0-9]/.test(fragment[0] ?? '') || !/[a-z0-9-]/.test(before);
    const closes = !/[a-z0-9]/.test(fragment.at(-1) ?? '') || !/[a-z0-9-]/.test(after);
    if (opens && closes) return at;
  }
  return -1;
}

/** Every string of a JSON text as it is, and every leaf once more as `key: value`. */
function searchableText(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json.slice(0, SEARCHABLE);
  }
  const parts: string[] = [];
  let size = 0;
  const visit = (node: unknown, key: string): void => {
    if (size > SEARCHABLE) return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item, key);
    } else if (isRecord(node)) {
      for (const [name, child] of Object.entries(node)) visit(child, name);
    } else {
      const text = key ? `${key}: ${String(node)}` : String(node);
      size += text.length;
      parts.push(text);
    }
  };
  visit(value, '');
  return parts.join('\n');
}
