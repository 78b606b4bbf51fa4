import { skipToken } from '../tokens.ts';

/** Text put into a script, so that places behind it on the same line can be moved back. */
export interface Insertion {
  /** 1-based, in the text before the insertion. */
  line: number;
  column: number;
  length: number;
}

const RETURN = 'return ';
const STATEMENT =
  /^(?:return|const|let|var|if|else|for|while|do|try|catch|finally|throw|switch|function|class|async\s+function|break|continue|import|export|debugger)\b/;
/** A line that begins with one of these goes on with the line before it. */
const CONTINUES = /^[[(`/+\-*,.?:<>=&|%^)}\]]/;

/**
 * Makes the value of a script's last statement its result, if that is an expression and the script does not end
 * with `return`. `compiles` decides whether a function body is valid, so that a wrong guess is never used.
 */
export function withImplicitReturn(
  body: string,
  compiles: (body: string) => boolean,
): { body: string; inserted?: Insertion } {
  for (const boundary of boundaries(body).reverse()) {
    const start = skipBlank(body, boundary.at);
    const last = body.slice(start);
    if (last === '' || (CONTINUES.test(last) && !(last.startsWith('(') && boundary.closed))) continue;
    if (STATEMENT.test(last)) {
      if (compiles(last) && compiles(body.slice(0, start))) return { body };
      continue;
    }
    if (!compiles(RETURN + last) || !compiles(body.slice(0, start))) continue;
    const before = body.slice(0, start).split('\n');
    const inserted = { line: before.length, column: before.at(-1)!.length + 1, length: RETURN.length };
    return { body: body.slice(0, start) + RETURN + last, inserted };
  }
  return { body };
}

interface Boundary {
  at: number;
  /** The statement before it certainly ended: `;`, `}` or the start of the script. */
  closed: boolean;
}

/** Offsets behind which a top-level statement may begin. Strings, templates, comments and brackets are skipped. */
function boundaries(text: string): Boundary[] {
  const found: Boundary[] = [{ at: 0, closed: true }];
  let depth = 0;
  let previous = ';';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\n') {
      if (depth === 0) found.push({ at: i + 1, closed: /[;}]/.test(previous) });
      continue;
    }
    if (/\s/.test(char)) continue;
    const skipped = skipToken(text, i, previous);
    if (skipped > i) {
      const comment = text.startsWith('//', i) || text.startsWith('/*', i);
      if (!comment) previous = char;
      i = skipped - 1;
      continue;
    }
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth -= 1;
    previous = char;
    if (char === ';' && depth === 0) found.push({ at: i + 1, closed: true });
  }
  return found;
}

/** Skips white space, comments and empty statements. */
function skipBlank(text: string, from: number): number {
  const blank = /(?:[\s;]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
  blank.lastIndex = from;
  blank.test(text);
  return blank.lastIndex;
}
