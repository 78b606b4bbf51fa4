import { graphemes, type Row, span, widthOf } from '../layout/row.ts';
import { chipLabel, type Editor } from './editor.ts';

export interface PromptLayout {
  rows: Row[];
  /** Where the cursor stands, counted from the first of `rows`. */
  cursor: { x: number; y: number };
}

/** The text broken into rows of `columns`, of which at most `maxRows` around the cursor are shown. */
export function promptLayout(editor: Editor, columns: number, maxRows: number): PromptLayout {
  const rows: string[] = [''];
  let used = 0;
  let cursor = { x: 0, y: 0 };
  let index = 0;
  const put = (piece: string) => {
    const width = widthOf(piece);
    if (used + width > columns && used > 0) {
      rows.push('');
      used = 0;
    }
    rows[rows.length - 1] += piece;
    used += width;
  };
  for (const character of graphemes(editor.text)) {
    if (index === editor.cursor) cursor = { x: used, y: rows.length - 1 };
    index += character.length;
    const label = chipLabel(editor, character);
    if (label !== undefined) for (const piece of graphemes(label)) put(piece);
    else if (character === '\n') {
      rows.push('');
      used = 0;
    } else put(character === '\t' ? '  ' : character);
  }
  if (index === editor.cursor) {
    if (used >= columns) rows.push('');
    cursor = { x: used >= columns ? 0 : used, y: rows.length - 1 };
  }
  const from = Math.max(0, Math.min(cursor.y - Math.floor(maxRows / 2), rows.length - maxRows));
  return {
    rows: rows.slice(from, from + maxRows).map(text => [span(text)]),
    cursor: { x: cursor.x, y: cursor.y - from },
  };
}
