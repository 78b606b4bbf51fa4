export interface SourcePlace {
  line: number;
  column: number;
  length: number;
  /** The expression that was read from or called, where the source shows it. */
  object?: string;
}

/**
 * QuickJS notes places at calls and statements, not at property reads: what it reports for a failed read is the
 * last noted place before it. The read itself is the next place in the source that names the property; a call at
 * the reported place has already returned, so its arguments are passed over first.
 */
export function locateRead(
  source: string,
  reported: { line: number; column: number },
  property: string,
): SourcePlace | undefined {
  const name = escapeRegex(property);
  const read = new RegExp(
    `\\??\\.\\s*(?=${name}(?![\\w$]))|(?:\\?\\.)?\\[\\s*['"\`]?(?=${name}['"\`]?\\s*\\])`,
    'g',
  );
  const from = offsetOf(source, reported.line, reported.column);
  for (const start of [afterCall(source, from), from]) {
    read.lastIndex = start;
    const match = read.exec(source);
    if (!match) continue;
    const place = placeAt(source, match.index + match[0].length);
    return { ...place, length: property.length, object: expressionBefore(source, match.index) };
  }
  return undefined;
}

/** The chain of names, calls and subscripts that ends at `end`: `pods.find(p => p.ready).status`. */
function expressionBefore(source: string, end: number): string | undefined {
  let start = end;
  for (;;) {
    let at = start - 1;
    while (at >= 0 && /\s/.test(source[at]!)) at -= 1;
    if (/[)\]]/.test(source[at] ?? '')) {
      at = openBracket(source, at);
      if (at < 0) return undefined;
      start = at;
      continue;
    }
    const before = source.slice(0, at + 1);
    const name = /[\w$]+$/.exec(before)?.[0] ?? '';
    if (name === '') break;
    start = at + 1 - name.length;
    const dot = /\??\.\s*$/.exec(source.slice(0, start));
    if (!dot) break;
    start = dot.index;
  }
  const text = source.slice(start, end).replace(/\s+/g, ' ').trim();
  return text === '' || text.length > 120 ? undefined : text;
}

/** Where the bracket that closes at `at` was opened, or -1. */
function openBracket(source: string, at: number): number {
  let depth = 0;
  for (let i = at; i >= 0; i--) {
    if (')]}'.includes(source[i]!)) depth += 1;
    if ('([{'.includes(source[i]!) && --depth === 0) return i;
  }
  return -1;
}

/** The first time `text` stands as a whole word at or behind the reported place. */
export function locateWord(
  source: string,
  reported: { line: number; column: number },
  text: string,
): SourcePlace | undefined {
  const word = new RegExp(`(?<![\\w$.])${escapeRegex(text)}(?![\\w$])`, 'g');
  word.lastIndex = offsetOf(source, reported.line, reported.column);
  const match = word.exec(source);
  return match ? { ...placeAt(source, match.index), length: text.length } : undefined;
}

/**
 * The dotted name that was called at the reported place (`object`), placed at its last part. Where QuickJS reports
 * an argument instead, the call is the one whose parenthesis is open there.
 */
export function locateCallee(
  source: string,
  reported: { line: number; column: number },
): SourcePlace | undefined {
  const at = offsetOf(source, reported.line, reported.column);
  const here = /[\w$]*\s*\(/y;
  here.lastIndex = at;
  const open = here.test(source) ? here.lastIndex - 1 : openParenthesis(source, at);
  const callee = /[\w$]+(?:\s*\??\.\s*[\w$]+)*\s*(?:\?\.)?$/.exec(source.slice(0, Math.max(0, open)));
  if (!callee) return undefined;
  const object = callee[0].replace(/\s+|\?\.$/g, '');
  const last = /[\w$]+$/.exec(object)![0];
  return { ...placeAt(source, callee.index + callee[0].lastIndexOf(last)), length: last.length, object };
}

/** The nearest parenthesis in front of `at` that is still open there, or -1. */
function openParenthesis(source: string, at: number): number {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (source[i] === ')') depth += 1;
    if (source[i] === '(' && depth-- === 0) return i;
  }
  return -1;
}

/** Behind the argument list, if a call stands at `from`. */
function afterCall(source: string, from: number): number {
  const call = /[\w$.]+\s*\(/y;
  call.lastIndex = from;
  if (!call.test(source)) return from;
  let depth = 1;
  for (let i = call.lastIndex; i < source.length; i++) {
    if (source[i] === '(') depth += 1;
    if (source[i] === ')' && --depth === 0) return i + 1;
  }
  return from;
}

function offsetOf(source: string, line: number, column: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) at = source.indexOf('\n', at) + 1;
  return at + column - 1;
}

function placeAt(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
