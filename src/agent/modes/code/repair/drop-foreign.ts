import { codeOnly } from '../../../../sandbox/tokens.ts';
import { closing, lineAt, type Mend, opening } from './text.ts';

/**
 * Takes out what belongs to programs elsewhere: imports and requires (everything is global here), `export`,
 * `process.exit`, and words for people or stray fences around the code. Lines stay where they are. Only for scripts
 * that do not pass the check; if what was taken out was needed, the outcome does not pass either.
 */
export function dropForeign(script: string): Mend {
  let mended: Mend = { script, repairs: [] };
  for (const step of [prose, imports, exports, exits]) {
    const next = step(mended.script);
    mended = { script: next.script, repairs: [...mended.repairs, ...next.repairs] };
  }
  return mended;
}

function byLine(
  script: string,
  change: (line: string, code: string, at: number) => [string, string] | undefined,
): Mend {
  const repairs: string[] = [];
  const code = codeOnly(script).split('\n');
  const lines = script.split('\n').map((line, i) => {
    const changed = change(line, code[i]!, i);
    if (!changed) return line;
    repairs.push(`line ${i + 1}: ${changed[1]}`);
    return changed[0];
  });
  return { script: lines.join('\n'), repairs };
}

function imports(script: string): Mend {
  return byLine(script, (line, code) => {
    const loads =
      /^\s*import\b(?!\s*[.(])/.test(code) ||
      /^\s*(?:const|let|var)\s+[\w$\s{},:]+=\s*(?:await\s+import|require)\s*\(.*\)[\w.]*;?\s*$/.test(code) ||
      /^\s*require\s*\(.*\);?\s*$/.test(code);
    return loads ? ['', `dropped ${line.trim().slice(0, 60)}`] : undefined;
  });
}

function exports(script: string): Mend {
  return byLine(script, (line, code) => {
    if (/^export\s*\{[^}]*\}\s*;?\s*$/.test(code)) return ['', 'dropped the export'];
    const declared = /^export\s+(?=(?:interface|type|enum|abstract)\b)/.exec(code);
    return declared ? [line.slice(declared[0].length), 'dropped the word export'] : undefined;
  });
}

/**
 * As a statement it ends the function around it; as the value of an arrow function it is nothing. Only where the
 * script ends with that: a helper that would no longer end it must not let what follows run.
 */
function exits(script: string): Mend {
  const repairs: string[] = [];
  let out = script;
  for (;;) {
    const code = codeOnly(out);
    const found = /\bprocess\s*\.\s*exit\s*\(/.exec(code);
    if (!found) return { script: out, repairs };
    const end = closing(code, found.index + found[0].length - 1);
    if (end < 0 || !endsAll(code, found.index)) return { script, repairs: [] };
    repairs.push(`line ${lineAt(out, found.index)}: replaced process.exit`);
    const value = /=>\s*$/.test(code.slice(0, found.index));
    const rest = out.slice(end + 1);
    const last = /^[\s;]*$/.test(rest);
    out = `${out.slice(0, found.index)}${value ? 'undefined' : last ? '' : 'return'}${last ? '' : rest}`;
  }
}

/** Whether leaving the functions around `at` leaves the whole script. */
function endsAll(code: string, at: number): boolean {
  const heads: string[] = [];
  let outermost: number | undefined;
  for (let open = opener(code, at); open >= 0; open = opener(code, open)) {
    const head = code.slice(0, open);
    if (code[open] === '{' && isFunction(head)) heads.push(head);
    outermost = open;
  }
  const arrow = code.slice(0, at);
  if (/=>\s*$/.test(arrow)) heads.push(arrow);
  if (heads.length === 0) return true;
  if (outermost === undefined || !heads.every(head => ENDING_HEAD.test(head))) return false;
  return LAST.test(code.slice(closing(code, outermost) + 1));
}

/** `main`, a function that is called where it stands, the handler of what comes of it. */
const ENDING_HEAD =
  /(?:\bfunction\s+main\s*\(\s*\)[^{};]*|\bmain\s*=\s*(?:async\s*)?\(\s*\)[^{};=]*=>\s*|(?:^|[;}\n])\s*\(\s*async\s*(?:function\s*)?\(\s*\)\s*(?:=>)?\s*|\.\s*(?:then|catch|finally)\s*\(\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>\s*)$/;
const HANDLER = String.raw`(?:\s*\.\s*(?:then|catch|finally)\s*\([\s\S]*\))?`;
const LAST = new RegExp(
  String.raw`^[\s;)]*(?:\(\s*\)${HANDLER}[\s;]*|(?:(?:void|await)\s+)?main\s*\(\s*\)${HANDLER}[\s;]*)?$`,
);

/** The bracket that is open at `at`, or -1. */
function opener(code: string, at: number): number {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (')]}'.includes(code[i]!)) depth += 1;
    else if ('([{'.includes(code[i]!) && depth-- === 0) return i;
  }
  return -1;
}

/** Whether the brace behind `head` begins a function's body. */
function isFunction(head: string): boolean {
  if (/=>\s*$/.test(head)) return true;
  const typed = /\)(?:\s*:[^(){};]*)?\s*$/.exec(head);
  if (!typed) return false;
  const before = head.slice(0, opening(head, typed.index));
  return !/\b(?:if|for|while|switch|catch|with|await)\s*$/.test(before);
}

const CODE_LINE =
  /[;{}()=`]|^\s*(?:\/\/|\/\*|\*|const|let|var|await|return|for|if|else|try|function|async|import|export|type|interface|\.|\]|'|")/;
const PROSE_LINE = /^\s*(?:#+\s|[-*]\s|\d+[.)]\s)?[\p{Lu}\p{Lo}][^;{}=]*$/u;
const FENCE_LINE = /^\s*(?:`{3,}|~{3,})[\w+-]*\s*$|^\s*(?:typescript|javascript|ts|js)\s*$/i;

/** Words before the first and after the last line of code, and fences that were left in. */
function prose(script: string): Mend {
  const lines = script.split('\n');
  const isCode = (line: string) => line.trim() !== '' && !isProse(line);
  const first = lines.findIndex(isCode);
  const last = lines.findLastIndex(isCode);
  if (first < 0) return { script, repairs: [] };
  // A fence of backticks would begin a template; there can be none inside one.
  const code = codeOnly(script.replace(/^[ \t]*`{3,}.*$/gm, fence => ' '.repeat(fence.length))).split('\n');
  return byLine(script, (line, _code, at) => {
    const outside = at < first || at > last;
    const isText = code[at]!.trim() === '' && !/^\s*`/.test(line);
    return line.trim() !== '' && !isText && isProse(line) && (outside || FENCE_LINE.test(line))
      ? ['', 'dropped words that are no code']
      : undefined;
  });
}

function isProse(line: string): boolean {
  if (FENCE_LINE.test(line)) return true;
  if (!PROSE_LINE.test(line)) return false;
  return !CODE_LINE.test(line) || /[.:!?]\s*$/.test(line);
}
