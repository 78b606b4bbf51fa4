const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const TOKENS: Record<string, RegExp[]> = {
  "'": [/'(?:\\[\s\S]|[^'\\\n])*'/y],
  '"': [/"(?:\\[\s\S]|[^"\\\n])*"/y],
  '/': [/\/\/[^\n]*/y, /\/\*[\s\S]*?\*\//y, REGEX],
};

/**
 * The end of the string, template, comment or regular expression that begins at `at`, or `at` itself. `previous` is
 * the last character of code before it: it tells a division from a regular expression.
 */
export function skipToken(text: string, at: number, previous: string): number {
  if (text[at] === '`') return templateEnd(text, at);
  const pattern = TOKENS[text[at]!];
  if (!pattern) return at;
  for (const candidate of pattern) {
    if (candidate === REGEX && /[\w$)\]}]/.test(previous)) continue;
    candidate.lastIndex = at;
    if (candidate.test(text)) return candidate.lastIndex;
  }
  return at;
}

/** Templates stand inside the `${…}` of templates. One that never ends is no token. */
function templateEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '`') return i + 1;
    else if (text.startsWith('${', i)) {
      i = substitutionEnd(text, i + 1);
      if (i < 0) return at;
    }
  }
  return at;
}

/** Where the brace that opens at `at` is closed; -1 if nowhere. */
function substitutionEnd(text: string, at: number): number {
  let depth = 0;
  let previous = '{';
  for (let i = at; i < text.length; i++) {
    const end = skipToken(text, i, previous);
    if (end > i) i = end - 1;
    else if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && --depth === 0) return i;
    if (!/\s/.test(text[i]!)) previous = text[i]!;
  }
  return -1;
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
