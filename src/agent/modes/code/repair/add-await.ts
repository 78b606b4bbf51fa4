import type { CheckResult } from '../../../../sandbox/port.ts';
import { codeOnly } from '../../../../sandbox/tokens.ts';
import { closing, insert, lineAt, type Mend, offsetAt, opening } from './text.ts';

/** Where an `await` belongs: in front of the expression, and around it where a member is read from it. */
interface Place {
  start: number;
  /** End of what is awaited, where it has to be put in parentheses. */
  end?: number;
}

/**
 * Adds the `await` that a complaint about a Promise calls for: at the call itself, or where the variable was
 * declared. The caller checks the outcome: where no `await` may stand, or a promise was wanted, it is thrown away.
 */
export function addAwait(script: string, diagnostic: CheckResult['diagnostics'][number]): Mend | undefined {
  if (!/'Promise</.test(diagnostic.message)) return undefined;
  const code = codeOnly(script);
  const at = offsetAt(script, diagnostic.line, diagnostic.column);
  const place = behindMember(code, at) ?? inDeclaration(code, at) ?? atExpression(code, at);
  if (!place) return undefined;
  const { start, end } = place;
  const awaited = end === undefined ? script.slice(start) : script.slice(start, end);
  const what = /^[\w$.]+/.exec(awaited.replace(/^await\s+/, ''))?.[0] ?? 'the call';
  const repairs = [`line ${lineAt(script, start)}: added await before ${what}`];
  if (end === undefined) return { script: insert(script, start, 'await '), repairs };
  const kept = /^await\s/.test(awaited) ? awaited : `await ${awaited}`;
  return { script: `${script.slice(0, start)}(${kept})${script.slice(end)}`, repairs };
}

/** `k8s.pods().items`, `pods.items`: the member at `at` was read from a promise. */
function behindMember(code: string, at: number): Place | undefined {
  const dot = /\??\.\s*$/.exec(code.slice(0, at));
  if (!dot) return undefined;
  const end = dot.index;
  const start = chainStart(code, end);
  if (start === undefined) return undefined;
  const object = code.slice(start, end);
  if (/^[\w$]+$/.test(object)) return declarationOf(code, object, start);
  const before = /\bawait\s+$/.exec(code.slice(0, start));
  return { start: before ? before.index : start, end };
}

/** `const { items } = k8s.pods()`, `const [a, b] = Promise.all(…)`, `const rows: Row[] = k8s.list(…)`. */
function inDeclaration(code: string, at: number): Place | undefined {
  const declared = /\b(?:const|let|var)\s+([{[][^=;]*|[\w$]*)$/.exec(code.slice(0, at));
  if (!declared) return undefined;
  const equals = /^[^=;]*?=(?![=>])\s*/.exec(code.slice(at));
  return equals ? awaitable(code, at + equals[0].length) : undefined;
}

/** `of k8s.pods()`, `f(pods)`: the expression that begins at `at` is a promise. */
function atExpression(code: string, at: number): Place | undefined {
  const chain = /^[\w$]+(?:\s*\??\.\s*[\w$]+)*/.exec(code.slice(at))?.[0];
  if (chain === undefined) return undefined;
  if (/^\s*\(/.test(code.slice(at + chain.length))) return { start: at };
  return /^[\w$]+$/.test(chain) ? declarationOf(code, chain, at) : undefined;
}

function declarationOf(code: string, name: string, before: number): Place | undefined {
  const pattern = new RegExp(
    `\\b(?:const|let|var)\\s+${name.replaceAll('$', '\\$')}(?![\\w$])[^=;]*?=(?![=>])\\s*`,
    'g',
  );
  const found = [...code.slice(0, before).matchAll(pattern)].at(-1);
  return found && awaitable(code, found.index + found[0].length);
}

/** Functions are no promises, and what is awaited already is not awaited again. */
function awaitable(code: string, start: number): Place | undefined {
  return /^(?:await|async|function)\b|^\(?[\w$,\s]*\)?\s*=>/.test(code.slice(start)) ? undefined : { start };
}

/** The start of the chain of names and calls that ends at `end`. */
function chainStart(code: string, end: number): number | undefined {
  let start = end;
  for (;;) {
    let at = start - 1;
    while (at >= 0 && /\s/.test(code[at]!)) at -= 1;
    while (at >= 0 && /[)\]]/.test(code[at]!)) at = opening(code, at) - 1;
    const name = /[\w$]+$/.exec(code.slice(0, at + 1))?.[0];
    if (name === undefined) return start < end && closing(code, start) >= 0 ? start : undefined;
    start = at + 1 - name.length;
    const dot = /\??\.\s*$/.exec(code.slice(0, start));
    if (!dot) return start;
    start = dot.index;
  }
}
