const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const TOKENS: Record<string, RegExp[]> = {
  "'": [/'(?:\\[\s\S]|[^'\\\n])*'/y],
  '"': [/"(?:\\[\s\S]|[^"\\\n])*"/y],
  '`': [/`(?:\\[\s\S]|[^`\\])*`/y],
  '/': [/\/\/[^\n]*/y, /\/\*[\s\S]*?\*\//y, REGEX],
};

/**
 * The end of the string, template, comment or regular expression that begins at `at`, or `at` itself. `previous` is
 * the last character of code before it: it tells a division from a regular expression.
 */
export function skipToken(text: string, at: number, previous: string): number {
  const pattern = TOKENS[text[at]!];
  if (!pattern) return at;
  for (const candidate of pattern) {
    if (candidate === REGEX && /[\w$)\]}]/.test(previous)) continue;
    candidate.lastIndex = at;
    if (candidate.test(text)) return candidate.lastIndex;
  }
  return at;
}

/**
 * The script with the inside of every string, template, regular expression and comment blanked: what is left at its
 * place is code. Offsets, lines and columns stay.
 */
export function codeOnly(script: string): string {
  let out = '';
  let previous = ';';
  for (let i = 0; i < script.length; ) {
    const end = skipToken(script, i, previous);
    if (end === i) {
      out += script[i];
      if (!/\s/.test(script[i]!)) previous = script[i]!;
      i += 1;
      continue;
    }
    const token = script.slice(i, end);
    const comment = /^\/[/*]/.test(token);
    const inside = token.slice(1, -1).replace(/[^\n]/g, ' ');
    out += comment ? token.replace(/[^\n]/g, ' ') : `${token[0]}${inside}${token.at(-1)}`;
    if (!comment) previous = token[0]!;
    i = end;
  }
  return out;
}
