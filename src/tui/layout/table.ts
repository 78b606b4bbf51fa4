import { inlineSpans } from './inline.ts';
import { cutRow, padEnd, padStart, type Row, rowWidth, span, textOf } from './row.ts';
import { wrapRow } from './wrap.ts';

const DIVIDER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/u;
const GAP = 2;
const NARROWEST = 8;

/** True where a Markdown table begins: a row of cells and the divider below it. */
export function isTableStart(line: string, next: string | undefined): boolean {
  return line.includes('|') && next?.includes('-') === true && DIVIDER.test(next);
}

/** A Markdown table in aligned columns; as one `name: value` list a row where the columns do not fit. */
export function tableRows(lines: readonly string[], columns: number): Row[] {
  const [head = [], ...body] = lines.filter((_, index) => index !== 1).map(cellsOf);
  const alignRight = cellsOf(lines[1] ?? '').map(cell => cell.endsWith(':') && !cell.startsWith(':'));
  const cells = (row: readonly string[], style?: 'bold') =>
    head.map((_, at) => inlineSpans(row[at] ?? '', style));
  const rows = [cells(head, 'bold'), ...body.map(row => cells(row))];
  const natural = head.map((_, at) => Math.max(...rows.map(row => rowWidth(row[at]!))));
  const widths = fit(natural, columns - GAP * (head.length - 1));
  if (!widths) return body.flatMap((row, index) => listed(head, row, columns, index > 0));
  return rows.map(row =>
    row.flatMap((cell, at) => {
      const shown = cutRow(cell, widths[at]!);
      const pad = widths[at]! - rowWidth(shown);
      const gap = span(' '.repeat(at < row.length - 1 ? GAP : 0));
      return alignRight[at]
        ? [span(padStart('', pad)), ...shown, gap]
        : [...shown, span(padEnd('', pad)), gap];
    }),
  );
}

function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/u, '')
    .replace(/(?<!\\)\|$/u, '');
  return inner.split(/(?<!\\)\|/u).map(cell => cell.trim().replaceAll('\\|', '|'));
}

/** The widest columns give way first; undefined where one would become unreadable. */
function fit(natural: readonly number[], room: number): number[] | undefined {
  const widths = [...natural];
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST || widths[widest]! < natural[widest]! / 2) return undefined;
    widths[widest]! -= 1;
  }
  return widths;
}

function listed(head: readonly string[], row: readonly string[], columns: number, apart: boolean): Row[] {
  const rows = head.flatMap((name, at) =>
    wrapRow([span(`${textOf(inlineSpans(name))}: `, 'dim'), ...inlineSpans(row[at] ?? '')], columns, [
      span('  '),
    ]),
  );
  return apart ? [[], ...rows] : rows;
}
