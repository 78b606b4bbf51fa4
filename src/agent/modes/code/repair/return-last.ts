import { codeOnly } from '../../../../sandbox/tokens.ts';
import { argumentsOf, closing, lineAt, type Mend, opening } from './text.ts';

/**
 * For scripts that print their findings instead of returning them, as their last statement or as that of the `main`
 * that they call last: what is printed is returned. Nothing else about such a script changes, since it returned
 * nothing. Undefined where there is nothing to mend.
 */
export function returnLast(script: string): Mend | undefined {
  return returnPrinted(script, 0, script.length) ?? returnFromMain(script);
}

/** `console.log(x)` as the last statement between `from` and `to`, none of which lies inside brackets. */
function returnPrinted(script: string, from: number, to: number): Mend | undefined {
  const code = codeOnly(script);
  const tried = tryBlock(code, from, to);
  if (tried) return returnPrinted(script, tried.from, tried.to);
  const calls = [...code.slice(from, to).matchAll(/\bconsole\s*\.\s*(?:log|info|table|dir)\s*\(/g)];
  const last = calls.at(-1);
  if (!last) return undefined;
  const start = from + last.index;
  const call = argumentsOf(script, start + last[0].length - 1);
  if (!call || !/^[\s;]*$/.test(code.slice(call.end + 1, to))) return undefined;
  const before = code.slice(from, start);
  if (depthOf(before) !== 0 || !/(?:^|[;{}\n])\s*$/.test(before)) return undefined;
  if (continues(before) || loops(before)) return undefined;
  const value = resultOf(call.list);
  if (value === undefined) return undefined;
  return {
    script: `${script.slice(0, start)}return ${value};${script.slice(call.end + 1).replace(/^\s*;/, '')}`,
    repairs: [`line ${lineAt(script, start)}: returned what was only printed`],
  };
}

/** The call is part of an expression that began on a line before. */
function continues(before: string): boolean {
  return /(?:=>|[,(=+?:&|])\s*$/.test(before);
}

/** The body of a loop, which would end with its first round. */
function loops(before: string): boolean {
  if (!/\)\s*$/.test(before)) return false;
  const open = opening(before, before.trimEnd().length - 1);
  return /\b(?:for|while)\s*(?:await\s*)?$/.test(before.slice(0, open));
}

/** The inside of `try { … } catch { … }`, where that is the last statement between `from` and `to`. */
function tryBlock(code: string, from: number, to: number): { from: number; to: number } | undefined {
  const end = from + code.slice(from, to).trimEnd().length - 1;
  const handler = code[end] === '}' ? opening(code, end) : -1;
  const between =
    handler > from && /\}\s*(?:catch\s*(?:\([^)]*\)\s*)?|finally\s*)$/.exec(code.slice(from, handler));
  if (!between) return undefined;
  const close = from + between.index;
  const open = opening(code, close);
  return /\btry\s*$/.test(code.slice(from, Math.max(from, open))) ? { from: open + 1, to: close } : undefined;
}

function depthOf(code: string): number {
  let depth = 0;
  for (const char of code) depth += '([{'.includes(char) ? 1 : ')]}'.includes(char) ? -1 : 0;
  return depth;
}

/** What the printed values are as a result: a label before one value is left out, and so is JSON.stringify. */
function resultOf(list: string[]): string | undefined {
  const [first, second] = list;
  if (first === undefined) return undefined;
  const label = /^(['"])(?:(?!\1)[^\\\n])*\1$/.test(first);
  if (list.length === 2 && label && !second!.startsWith('...')) return plainValue(second!);
  return list.length === 1 && !first.startsWith('...') ? plainValue(first) : `[${list.join(', ')}]`;
}

function plainValue(text: string): string {
  const made = /^JSON\s*\.\s*stringify\s*\(/.exec(text);
  const inner = made && argumentsOf(text, made[0].length - 1);
  return inner && inner.end === text.length - 1 && inner.list[0] ? inner.list[0] : text;
}

const CALLED =
  /(?:^|[;}\n])\s*((?:void\s+|await\s+)?main\s*\(\s*\)\s*(?:\.\s*(?:then|catch|finally)\s*\([\s\S]*\))?\s*;?)\s*$/;

/** `async function main() { … } main();`: its result is that of the script. */
function returnFromMain(script: string): Mend | undefined {
  const code = codeOnly(script);
  const called = CALLED.exec(code);
  const head =
    /\b(?:function\s+main\s*\(\s*\)[^{]*|main\s*=\s*(?:async\s*)?\(\s*\)[^={]*=>\s*)\{/.exec(code) ??
    /^\s*\(\s*async\s*(?:function\s*)?\(\s*\)\s*(?:=>\s*)?\{/.exec(code);
  if (!head) return undefined;
  const open = head.index + head[0].length - 1;
  const end = closing(code, open);
  if (end < 0) return undefined;
  const inner = returnPrinted(script, open + 1, end);
  const lost = called && /^void\b|\.\s*(?:then|finally)\b/.test(called[1]!);
  if (!lost) return inner;
  const at = called.index + called[0].indexOf(called[1]!);
  const whole = { script: `${script.slice(0, at)}return await main();`, repairs: [] as string[] };
  whole.repairs.push(`line ${lineAt(script, at)}: returned what main() returns`);
  const both = returnPrinted(whole.script, open + 1, end);
  return both ? { script: both.script, repairs: [...both.repairs, ...whole.repairs] } : whole;
}
