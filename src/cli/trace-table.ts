import { cleanText } from '../shared/text.ts';

export { formatLatency as ms } from '../shared/figures.ts';
export { bytesText as bytes } from '../trace/analysis/units.ts';

export const number = (value: number): string => value.toLocaleString('en');

/** Figures in columns: the first cell is text and is cut where a line would be too long, the others are not. */
export function table(
  header: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  width: number,
): string {
  const all = [header, ...rows];
  const widths = header.map((_, at) => all.reduce((most, row) => Math.max(most, row[at]!.length), 0));
  const others = widths.slice(1).reduce((sum, cell) => sum + cell + 2, 0);
  const first = Math.max(8, Math.min(widths[0]!, width - others));
  return all
    .map(([name, ...cells]) =>
      [clipped(name!, first).padEnd(first), ...cells.map((cell, at) => cell.padStart(widths[at + 1]!))]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Text in lines of at most `width`, all but the first indented. */
export function wrap(text: string, width: number, indent = ''): string {
  const clean = cleanText(text);
  const lines = [/^ */.exec(clean)![0]];
  for (const word of clean.trim().split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line.trim() !== '' && line.length + 1 + word.length > width) lines.push(indent + word);
    else lines[lines.length - 1] = line.trim() === '' ? line + word : `${line} ${word}`;
  }
  return lines.join('\n');
}
