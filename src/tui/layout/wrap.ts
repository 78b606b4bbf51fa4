import { type Row, rowWidth, type Span, takeColumns, widthOf } from './row.ts';

/** A run of blanks, or what stands between two of them; a word may span several styles. */
interface Word {
  blank: boolean;
  parts: Span[];
  width: number;
}

/**
 * A row broken into rows of at most `columns`, at blanks where it can and anywhere where it must. `indent`
 * stands before every row but the first.
 */
export function wrapRow(row: Row, columns: number, indent: Row = []): Row[] {
  const width = Math.max(4, columns);
  if (rowWidth(row) <= width) return [row];
  const hang = rowWidth(indent) < width - 3 ? indent : [];
  const rows: Row[] = [];
  let line: Span[] = [];
  let used = 0;
  let isFresh = true;
  const flush = () => {
    rows.push(line);
    line = [...hang];
    used = rowWidth(hang);
    isFresh = true;
  };
  const put = ({ text, style }: Span) => {
    const last = line.at(-1);
    if (last && last.style === style && !(isFresh && rows.length > 0)) {
      line[line.length - 1] = { ...last, text: last.text + text };
    } else line.push(style === undefined ? { text } : { text, style });
    used += widthOf(text);
    isFresh = false;
  };
  for (const word of wordsOf(row)) {
    if (word.blank) {
      const fits = used + word.width <= width && !(isFresh && rows.length > 0);
      if (fits) for (const part of word.parts) put(part);
      continue;
    }
    if (used + word.width > width && !isFresh && word.width <= width - rowWidth(hang)) flush();
    for (const { text, style } of word.parts) {
      let rest = text;
      while (used + widthOf(rest) > width) {
        const head = takeColumns(rest, width - used);
        if (head) put({ text: head, style });
        else if (isFresh) break;
        rest = rest.slice(head.length);
        flush();
      }
      if (rest) put({ text: rest, style });
    }
  }
  if (!isFresh || rows.length === 0) rows.push(line);
  return rows;
}

function wordsOf(row: Row): Word[] {
  const words: Word[] = [];
  for (const { text, style } of row) {
    for (const [piece] of text.matchAll(/\s+|\S+/gu)) {
      const blank = /^\s/u.test(piece);
      const part = style === undefined ? { text: piece } : { text: piece, style };
      const last = words.at(-1);
      if (last && last.blank === blank) {
        last.parts.push(part);
        last.width += widthOf(piece);
      } else words.push({ blank, parts: [part], width: widthOf(piece) });
    }
  }
  return words;
}

/** Text with newlines and tabs as rows in one style. */
export function wrapText(text: string, columns: number, style?: Span['style'], indent: Row = []): Row[] {
  return linesOf(text).flatMap(line =>
    wrapRow([style ? { text: line, style } : { text: line }], columns, indent),
  );
}

/** Lines with tabs widened to two columns; a final newline makes no empty line. */
export function linesOf(text: string): string[] {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  return body.replaceAll('\t', '  ').split('\n');
}

/** `rows`, each behind `prefix`. */
export function prefixRows(rows: readonly Row[], prefix: Row): Row[] {
  return rows.map(row => [...prefix, ...row]);
}
