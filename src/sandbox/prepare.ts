/**
 * A model's script as it is checked and run: inside an async function whose header is a line of its own, so that
 * top-level `await` and `return` are legal and columns stay; lines are off by exactly one.
 */
export interface PreparedScript {
  /** What the model wrote, with LF line ends: lines, columns and frames refer to it. */
  source: string;
  /** The function declaration `$script`, still TypeScript. */
  wrapped: string;
}

const HEADER = 'async function $script() {\n';

/** Lines of the wrapper above the model's first line. */
export const HEADER_LINES = 1;

export function prepareScript(code: string): PreparedScript {
  const source = code.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const body = withoutExports(source);
  return { source, wrapped: `${HEADER}${body}${mainCall(source)}\n}` };
}

/** `export default` and `const $main = ` have the same length: nothing moves. */
function withoutExports(source: string): string {
  return source
    .replace(/^export default(?=\s)/m, () => 'const $main = ')
    .replace(/^export (?=(?:async|function|const|let|class)\b)/gm, '       ');
}

/** A script that only declares its work is meant to run it. */
function mainCall(source: string): string {
  if (/^export default\s/m.test(source)) {
    return "\nreturn typeof $main === 'function' ? await $main() : $main;";
  }
  const declared = /^(?:export )?(?:async\s+)?function\s+main\s*\(/m.test(source);
  const assigned = /^(?:export )?(?:const|let)\s+main\s*=\s*(?:async\b|\()/m.test(source);
  const mentions = source.match(/\bmain\s*\(/g)?.length ?? 0;
  if ((declared && mentions === 1) || (assigned && mentions === 0)) return '\nreturn await main();';
  return '';
}

/** 1-based line and column in the model's source for an offset in `wrapped`; kept inside the source. */
export function placeOf(script: PreparedScript, offset: number): { line: number; column: number } {
  const before = script.wrapped.slice(0, offset).split('\n');
  return clampPlace(script.source, before.length - HEADER_LINES, (before.at(-1)?.length ?? 0) + 1);
}

/** The place itself, or the end of the source where the place is behind it. */
export function clampPlace(source: string, line: number, column: number): { line: number; column: number } {
  const lines = source.split('\n');
  if (line < 1) return { line: 1, column: 1 };
  if (line <= lines.length) return { line, column: Math.max(1, column) };
  let last = lines.length;
  while (last > 1 && lines[last - 1]!.trim() === '') last -= 1;
  return { line: last, column: Math.max(1, lines[last - 1]!.length) };
}
