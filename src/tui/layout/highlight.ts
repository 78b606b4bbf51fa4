import { type Row, type Span, type StyleName, span } from './row.ts';

const TOKEN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?|`(?:[^`\\]|\\[\s\S])*`?)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_$][\w$]*)(?<paren>\s*\()?|(?<other>[\s\S])/gu;

const KEYWORDS = new Set(
  'await async break case catch class const continue default delete do else export extends false finally for function if import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var void while yield as satisfies'.split(
    ' ',
  ),
);

/** TypeScript as rows of coloured spans, one for each line; unfinished code (it streams) is as good as any. */
export function highlight(code: string): Row[] {
  const rows: Span[][] = [[]];
  const put = (text: string, style?: StyleName) => {
    for (const [index, piece] of text.split('\n').entries()) {
      if (index > 0) rows.push([]);
      if (piece === '') continue;
      const line = rows[rows.length - 1]!;
      const last = line.at(-1);
      if (last && last.style === style) line[line.length - 1] = span(last.text + piece, style);
      else line.push(span(piece, style));
    }
  };
  for (const match of code.replaceAll('\t', '  ').matchAll(TOKEN)) {
    const groups = match.groups ?? {};
    if (groups['comment'] !== undefined) put(match[0], 'comment');
    else if (groups['string'] !== undefined) put(match[0], 'string');
    else if (groups['number'] !== undefined) put(match[0], 'number');
    else if (groups['word'] !== undefined) putWord(groups['word'], groups['paren'], put);
    else put(match[0]);
  }
  return rows;
}

function putWord(
  word: string,
  paren: string | undefined,
  put: (text: string, style?: StyleName) => void,
): void {
  if (KEYWORDS.has(word)) put(word, 'keyword');
  else put(word, paren === undefined ? undefined : 'call');
  if (paren !== undefined) put(paren);
}
