/**
 * A declarator is written around a name: `left` before it, `right` after. `void (*)(int)` is `void (*` and `)(int)`.
 */
export interface Type {
  left: string;
  right: string;
  /** Pointers to it need brackets. */
  isFunctionOrArray?: boolean;
  /** The elements of a parameter pack. */
  pack?: readonly Type[];
}

/** The name is none that these files can read: it stays as it is. */
export class Unreadable extends Error {}

const DEEPEST = 200;
/** Names that refer back to themselves grow exponentially; no compiler's is that long. */
const LONGEST = 16_384;

/** A mangled name while it is read, with what later parts of it refer back to. */
export class Mangled {
  readonly text: string;
  readonly substitutions: Type[] = [];
  /** Of the function whose name is being read; what T_ means. */
  templateArgs: Type[] = [];
  at = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  get next(): string {
    return this.text[this.at] ?? '';
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  sees(word: string): boolean {
    return this.text.startsWith(word, this.at);
  }

  take(word: string): boolean {
    if (!this.sees(word)) return false;
    this.at += word.length;
    return true;
  }

  must(word: string): void {
    if (!this.take(word)) throw new Unreadable();
  }

  /** What matches at this place; `pattern` is sticky. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** All that `read` gives until `end`, which is taken as well. */
  until<T>(end: string, read: () => T): T[] {
    const all: T[] = [];
    while (!this.take(end)) {
      if (this.isAtEnd) throw new Unreadable();
      all.push(read());
    }
    return all;
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Unreadable();
    const value = read();
    this.#depth -= 1;
    return value;
  }

  /** Makes a type one that later parts can refer back to. */
  remember(type: Type): Type {
    if (type.left.length + type.right.length > LONGEST) throw new Unreadable();
    this.substitutions.push(type);
    return type;
  }

  /** `_` is 0, `0_` is 1, in base 36 (substitutions) or 10 (the rest). */
  sequence(base: 10 | 36): number {
    const digits = this.match(base === 36 ? /[0-9A-Z]*/y : /\d*/y)!;
    this.must('_');
    return digits === '' ? 0 : Number.parseInt(digits, base) + 1;
  }
}

export const named = (left: string): Type => ({ left, right: '' });

/** The type as it is written without a name. */
export function textOf(type: Type): string {
  if (type.pack) return list(type.pack);
  return type.isFunctionOrArray && /\w$/.test(type.left)
    ? `${type.left} ${type.right}`
    : type.left + type.right;
}

/** Types or arguments side by side; empty packs leave no comma. */
export function list(types: readonly Type[]): string {
  return types
    .map(textOf)
    .filter(text => text !== '')
    .join(', ');
}
