import { codeOnly } from '../../../../sandbox/tokens.ts';

/** One slip mended: the script as it is now, and what was done to it (`line 3: added await before k8s.pods`). */
export interface Mend {
  script: string;
  repairs: string[];
}

export function lineAt(script: string, offset: number): number {
  return script.slice(0, offset).split('\n').length;
}

/** Offset of a 1-based line and column. */
export function offsetAt(script: string, line: number, column: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) at = script.indexOf('\n', at) + 1;
  return at + column - 1;
}

export function insert(script: string, at: number, text: string): string {
  return script.slice(0, at) + text + script.slice(at);
}

/** Where the bracket that opens at `at` is closed, in text without strings (see `codeOnly`); -1 if nowhere. */
export function closing(code: string, at: number): number {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if ('([{'.includes(code[i]!)) depth += 1;
    if (')]}'.includes(code[i]!) && --depth === 0) return i;
  }
  return -1;
}

/** Where the bracket that closes at `at` was opened; -1 if nowhere. */
export function opening(code: string, at: number): number {
  let depth = 0;
  for (let i = at; i >= 0; i--) {
    if (')]}'.includes(code[i]!)) depth += 1;
    if ('([{'.includes(code[i]!) && --depth === 0) return i;
  }
  return -1;
}

/** The arguments of the call whose parenthesis opens at `open`, each as it was written. */
export function argumentsOf(script: string, open: number): { list: string[]; end: number } | undefined {
  const code = codeOnly(script);
  const end = closing(code, open);
  if (end < 0) return undefined;
  const list: string[] = [];
  let from = open + 1;
  for (let i = open + 1; i <= end; i++) {
    if ('([{'.includes(code[i]!)) i = closing(code, i);
    else if (code[i] === ',' || i === end) {
      const text = script.slice(from, i).trim();
      if (text !== '') list.push(text);
      from = i + 1;
    }
    if (i < 0) return undefined;
  }
  return { list, end };
}
