import type { Effect } from '../policy/types.ts';
import { isRecord } from '../shared/json.ts';
import { renderResult } from './modes/tools/render/index.ts';

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
  /** Answered from memory: an earlier entry has the same result. */
  cached?: boolean;
}

/** Text that is kept searchable for one entry, in characters; the rest of a larger result cannot be quoted from. */
const SEARCHABLE = 4_000_000;
/** Results longer than this are not searched in the form of tools mode, which shows them in pages, if at all. */
const SHOWN = 400_000;
/** Characters that a quote may leave out in one place: beyond them it joins what belongs to different objects. */
const GAP = 1_500;
/** Text that is kept searchable in all; beyond it the oldest entries are forgotten for grounding (not for replay). */
const SEARCHABLE_TOTAL = 64_000_000;

/**
 * The calls of one session, for grounding: reports may only claim what an entry here really returned. `onAdd`
 * hears of every entry as it happens, so that the session store can replay it. The result of a cached call is
 * kept once, with the call that really read it.
 */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #haystacks = new Map<number, string[]>();
  #searchable = 0;
  /** Hears of every entry as it is added. */
  onAdd: (entry: JournalEntry) => void = () => {};

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  add(added: JournalEntry): void {
    const entry = added.cached ? { ...added, result: '' } : added;
    this.#entries.push(entry);
    this.#searchable += Math.min(entry.result.length, SEARCHABLE);
    for (let i = 0; this.#searchable > SEARCHABLE_TOTAL && i < this.#entries.length - 1; i++) {
      const old = this.#entries[i]!;
      this.#searchable -= Math.min(old.result.length, SEARCHABLE);
      this.#haystacks.delete(old.call);
      old.result = '';
    }
    this.onAdd({ ...added });
  }

  /** The newest entry that really returned all of these texts, in this order and not far from each other. */
  find(fragments: string[]): JournalEntry | undefined {
    return this.#newest(text => isQuoted(text, fragments));
  }

  /** The newest entry that really returned all of these texts near to each other, in any order. */
  findTogether(fragments: string[]): JournalEntry | undefined {
    return this.#newest(text => standTogether(text, fragments));
  }

  #newest(holds: (text: string) => boolean): JournalEntry | undefined {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]!;
      // What scripts kept or returned is their own words: it proves nothing.
      if (entry.name.startsWith('state.')) continue;
      if (this.#haystacksOf(entry).some(holds)) return entry;
    }
    return undefined;
  }

  #haystacksOf(entry: JournalEntry): string[] {
    const known = this.#haystacks.get(entry.call);
    if (known !== undefined) return known;
    const texts = (entry.ok ? searchableTexts(entry) : [entry.error ?? '']).map(normalise);
    this.#haystacks.set(entry.call, texts);
    return texts;
  }
}

/** Quotes are compared without regard to white space, quotation marks and case. */
export function normalise(text: string): string {
  return text
    .replace(/[\s"'`“”‘’\\]+/g, ' ')
    .trim()
    .toLowerCase();
}

function isQuoted(text: string, [first = '', ...rest]: string[]): boolean {
  for (let at = indexOfWhole(text, first, 0); at >= 0; at = indexOfWhole(text, first, at + 1)) {
    let from = at + first.length;
    const all = rest.every(fragment => {
      const next = indexOfWhole(text.slice(0, from + GAP + fragment.length), fragment, from);
      from = next + fragment.length;
      return next >= 0;
    });
    if (all) return true;
  }
  return false;
}

function standTogether(text: string, [first = '', ...rest]: string[]): boolean {
  for (let at = indexOfWhole(text, first, 0); at >= 0; at = indexOfWhole(text, first, at + 1)) {
    const near = text.slice(Math.max(0, at - GAP), at + first.length + GAP);
    if (rest.every(fragment => indexOfWhole(near, fragment, 0) >= 0)) return true;
  }
  return false;
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

/**
 * Every leaf of a result as `key: value`; and by themselves the lines in which tools mode shows it, so that what a model
 * copies from them is found.
 */
function searchableTexts({ name, result }: JournalEntry): string[] {
  let value: unknown;
  try {
    value = JSON.parse(result);
  } catch {
    return [result.slice(0, SEARCHABLE)];
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
  const leaves = parts.join('\n');
  return result.length <= SHOWN ? [leaves, renderResult(name, value).join('\n')] : [leaves];
}
