import stringWidth from 'string-width';

export type StyleName =
  | 'dim'
  | 'bold'
  | 'accent'
  | 'title'
  | 'ok'
  | 'bad'
  | 'badTitle'
  | 'warn'
  | 'warnTitle'
  | 'keyword'
  | 'string'
  | 'number'
  | 'comment'
  | 'call'
  | 'added'
  | 'removed'
  | 'selected'
  | 'badge';

export interface Span {
  text: string;
  style?: StyleName;
}

/**
 * One line of the screen, never longer than the width it was laid out for. Layout makes rows and not elements,
 * so that heights are known before anything is drawn and the same rows serve the screen, the scrollback and
 * the linear mode.
 */
export type Row = readonly Span[];

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function span(text: string, style?: StyleName): Span {
  return style === undefined ? { text } : { text, style };
}

/** Columns that a text takes; wide characters and emoji count two. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

export function rowWidth(row: Row): number {
  return row.reduce((sum, part) => sum + widthOf(part.text), 0);
}

export function textOf(row: Row): string {
  return row.map(part => part.text).join('');
}

/** User-perceived characters, so that a combined emoji or an accented letter is never cut in two. */
export function graphemes(text: string): string[] {
  return isPlain(text) ? text.split('') : Array.from(segmenter.segment(text), part => part.segment);
}

/** The longest start of `text` that fits into `columns`. */
export function takeColumns(text: string, columns: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(0, columns));
  let taken = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > columns) break;
    taken += segment;
  }
  return taken;
}

/** Cut to `columns`, with an ellipsis where something is missing. */
export function cutText(text: string, columns: number, ellipsis = '…'): string {
  if (text.length <= columns && isPlain(text)) return text;
  if (text.length <= columns * 4 && widthOf(text) <= columns) return text;
  return columns <= 0 ? '' : takeColumns(text, columns - widthOf(ellipsis)) + ellipsis;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text;
}

/** A row cut to `columns`. */
export function cutRow(row: Row, columns: number, ellipsis = '…'): Row {
  if (rowWidth(row) <= columns) return row;
  const out: Span[] = [];
  let left = columns - widthOf(ellipsis);
  for (const part of row) {
    const width = widthOf(part.text);
    if (width > left) {
      const text = takeColumns(part.text, left);
      if (text) out.push({ ...part, text });
      break;
    }
    out.push(part);
    left -= width;
  }
  return columns <= 0 ? [] : [...out, span(ellipsis, 'dim')];
}

function isPlain(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}
