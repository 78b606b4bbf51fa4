import { isRecord } from '../../../../shared/json.ts';

/** A script found in an answer that did not put it where it belongs. */
export interface Recovered {
  script: string;
  /** The words around it. */
  text: string;
  /** False when its fence was never closed. */
  closed: boolean;
  repair: string;
}

/**
 * Finds the script in an answer without a TypeScript fence, as small models write it: a tool call as JSON text, a
 * fence with another mark or language, or no fence at all. `families` are the global names that scripts call
 * (`k8s`): what calls none of them is no script. Undefined for plain words.
 */
export function recoverScript(answer: string, families: ReadonlySet<string>): Recovered | undefined {
  return fromCall(answer, families) ?? fromFence(answer, families) ?? fromWords(answer, families);
}

/** `{"name": "run_script", "arguments": {"code": "…"}}` and its relatives, bare, fenced or in `<tool_call>`. */
function fromCall(answer: string, families: ReadonlySet<string>): Recovered | undefined {
  const start = answer.search(/[{[]\s*[{"]/);
  const end = Math.max(answer.lastIndexOf('}'), answer.lastIndexOf(']'));
  if (start < 0 || end < start) return undefined;
  const code = codeIn(parsed(answer.slice(start, end + 1)));
  if (code === undefined || !(isScript(code, families) || /\breturn\b/.test(code))) return undefined;
  const text = answer.slice(0, start).replace(/(?:(?:`{3,}|~{3,})\w*|<\/?tool_call>)\s*$/, '');
  return {
    script: unfenced(code),
    text: text.trim(),
    closed: true,
    repair: 'read the script from JSON text',
  };
}

function parsed(text: string): unknown {
  // Models break lines inside JSON strings, which JSON forbids.
  const mended = text.replace(/"(?:\\[\s\S]|[^"\\])*"/g, string =>
    string.replace(/\n/g, '\\n').replace(/\t/g, '\\t'),
  );
  try {
    return JSON.parse(mended);
  } catch {
    return undefined;
  }
}

/** The code of a call in any of the shapes that models use; undefined where there is none. */
export function codeIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string' && depth > 0 && /^\s*\{/.test(value)) return codeIn(parsed(value), depth + 1);
  if (depth > 4) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? codeIn(value[0], depth + 1) : undefined;
  if (!isRecord(value)) return undefined;
  for (const key of ['code', 'script']) {
    const code = value[key];
    if (typeof code === 'string' && code.trim() !== '') return code;
  }
  for (const key of ['arguments', 'parameters', 'input', 'args', 'function', 'tool_calls']) {
    const found = value[key] === undefined ? undefined : codeIn(value[key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const FENCED = /^[ \t]*(`{3,}|~{3,})([^\n]*)\n([\s\S]*?)(?:^[ \t]*\1[ \t]*$|(?![\s\S]))/gm;

function fromFence(answer: string, families: ReadonlySet<string>): Recovered | undefined {
  for (const match of answer.matchAll(FENCED)) {
    const [whole, mark, info, body] = match as unknown as [string, string, string, string];
    const language = info
      .trim()
      .toLowerCase()
      .split(/[^\w+-]/)[0]!;
    if (!isScriptLanguage(language) && !isScript(body, families)) continue;
    if (body.trim() === '') continue;
    return {
      script: body.trimEnd(),
      text: answer.slice(0, match.index).trim(),
      closed: whole.trimEnd().endsWith(mark),
      repair: `read the script from a ${mark}${language} fence`,
    };
  }
  return undefined;
}

/** The languages of scripts, also misspelt: `typescipt`, `javascipt`. */
function isScriptLanguage(language: string): boolean {
  return /^(?:tsx?|jsx?|mjs|mts|t[yi]p?e?s?c?r?i?p?t|typ[a-z]{2,9}t|java?s[a-z]{1,7}t|node(?:js)?|deno)$/.test(
    language,
  );
}

/** Lines of code without any fence: everything from the first to the last of them, if nothing else is between. */
function fromWords(answer: string, families: ReadonlySet<string>): Recovered | undefined {
  const lines = answer.split('\n');
  const first = lines.findIndex(line => CODE_START.test(line));
  if (first < 0) return undefined;
  const last = lines.findLastIndex(line => CODE_END.test(line));
  const body = lines.slice(first, last + 1).join('\n');
  if (last < first || !isScript(body, families) || lines.slice(first, last + 1).some(isSentence))
    return undefined;
  return {
    script: body,
    text: lines.slice(0, first).join('\n').trim(),
    closed: true,
    repair: 'read the script from text without a fence',
  };
}

const CODE_START =
  /^\s*(?:const|let|var|await|return|async\s+function|function|for\s*\(|if\s*\(|import|\/\/)/;
const CODE_END = /[;)}\]]\s*$|^\s*return\b/;

function isSentence(line: string): boolean {
  return /^\s*\p{Lu}[\p{L}']*(?:\s+[\p{L}'`-]+){2}[^;{}]*$/u.test(line);
}

/** Calls a capability, and does something with it: not a mention in passing, and not JSON. */
function isScript(text: string, families: ReadonlySet<string>): boolean {
  const calls = [...text.matchAll(/(?<![\w$.])([a-z]\w*)\.[\w.]+\s*\(/g)];
  return (
    calls.some(call => families.has(call[1]!)) &&
    /^\s*(?:const|let|var|await|return|async|function|for|if|console\.)/m.test(text)
  );
}

/** The code without a fence that a model put inside a tool call. */
export function unfenced(code: string): string {
  const fence = /^\s*(?:`{3,}|~{3,})\w*\n([\s\S]*?)\n\s*(?:`{3,}|~{3,})\s*$/.exec(code);
  return (fence ? fence[1]! : code).trimEnd();
}
