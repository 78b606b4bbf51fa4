import { KvError, messageOf } from '../../shared/errors.ts';

/** Tells which lines match, in time linear in their length whatever the pattern. */
export interface Matcher {
  /** False only when no line of this block can match: a cheap look before lines are split. */
  mayMatch(block: string): boolean;
  test(line: string): boolean;
}

const META = new Set('\\^$.|?*+()[]{}');
const MAX_PATTERN = 2_000;

/**
 * Compiles a pattern that a stranger wrote. Plain text and alternatives of plain text (`timeout|refused`) run on
 * the engine's own search, which cannot backtrack; everything else has RE2 semantics (no look-around, no
 * back-references), so that no pattern can hang the host. An invalid pattern rejects with one sentence.
 */
export async function compileMatcher(pattern: string, ignoreCase: boolean): Promise<Matcher> {
  if (pattern === '') throw invalid(pattern, 'it is empty');
  if (pattern.length > MAX_PATTERN)
    throw invalid(`${pattern.slice(0, 40)}…`, `it is longer than ${MAX_PATTERN} characters`);
  const flagged = pattern.startsWith('(?i)');
  const source = flagged ? pattern.slice(4) : pattern;
  const insensitive = ignoreCase || flagged;
  const literals = literalAlternatives(source);
  if (literals) return literalMatcher(literals, insensitive);

  const { RE2JS } = await import('re2js');
  try {
    const compiled = RE2JS.compile(source, insensitive ? RE2JS.CASE_INSENSITIVE : 0);
    return { mayMatch: () => true, test: line => compiled.test(line) };
  } catch (error) {
    throw invalid(pattern, messageOf(error).replace(/^error parsing regexp: /, ''));
  }
}

/** The alternatives when the whole pattern is plain text, `a|b|c`, with escapes of punctuation allowed. */
function literalAlternatives(pattern: string): string[] | undefined {
  const alternatives: string[] = [];
  let current = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '|') {
      alternatives.push(current);
      current = '';
    } else if (character === '\\') {
      i += 1;
      const next = pattern[i];
      if (next === undefined || /[\w\s]/.test(next)) return undefined;
      current += next;
    } else if (META.has(character)) {
      return undefined;
    } else {
      current += character;
    }
  }
  alternatives.push(current);
  return alternatives.every(part => part !== '') ? alternatives : undefined;
}

function literalMatcher(literals: string[], ignoreCase: boolean): Matcher {
  if (literals.length === 1 && !ignoreCase) {
    const text = literals[0]!;
    return { mayMatch: block => block.includes(text), test: line => line.includes(text) };
  }
  const escaped = literals.map(text => text.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&')).join('|');
  const expression = new RegExp(escaped, ignoreCase ? 'i' : '');
  return { mayMatch: block => expression.test(block), test: line => expression.test(line) };
}

function invalid(pattern: string, why: string): KvError {
  return new KvError('failed', `${JSON.stringify(pattern)} is not a valid pattern: ${why}.`, {
    hint: 'Patterns are RE2 regular expressions: no look-around and no back-references; escape . ( ) [ ] with a backslash.',
    facts: { pattern },
  });
}
