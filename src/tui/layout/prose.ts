import { highlight } from './highlight.ts';
import { inlineSpans } from './inline.ts';
import { type Row, span } from './row.ts';
import { isTableStart, tableRows } from './table.ts';
import { linesOf, prefixRows, wrapRow } from './wrap.ts';

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([\w+-]*)\s*$/u;
const SCRIPT_LANGUAGES = new Set(['ts', 'typescript', 'js', 'javascript', 'json']);

/**
 * A model's words: headings, lists, quotes, tables, fenced code and inline marks are honoured, everything else
 * stands as written. Text that is still streaming in may break off anywhere.
 */
export function proseRows(text: string, columns: number): Row[] {
  const lines = linesOf(text);
  const rows: Row[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const fence = FENCE.exec(line);
    if (fence) {
      const end = closingFence(lines, at + 1, fence[2]!);
      rows.push(...fencedRows(lines.slice(at + 1, end), fence[1]!.length, fence[3]!.toLowerCase(), columns));
      at = end + 1;
    } else if (isTableStart(line, lines[at + 1])) {
      let end = at + 2;
      while (end < lines.length && lines[end]!.includes('|')) end += 1;
      rows.push(...tableRows(lines.slice(at, end), columns));
      at = end;
    } else {
      rows.push(...lineRows(line, columns));
      at += 1;
    }
  }
  // A rule between paragraphs is one empty row, like what surrounds it.
  return rows.filter((row, index) => row.length > 0 || index === 0 || rows[index - 1]!.length > 0);
}

/** Where the fence is closed, or the end of the text while it is not. */
function closingFence(lines: readonly string[], from: number, fence: string): number {
  const isClosing = (line: string) => {
    const mark = line.trim();
    return mark.length >= fence.length && mark === fence[0]!.repeat(mark.length);
  };
  const end = lines.findIndex((line, index) => index >= from && isClosing(line));
  return end < 0 ? lines.length : end;
}

/** Code set in by two columns and without a frame, so that it can be selected and copied. */
function fencedRows(lines: readonly string[], outer: number, language: string, columns: number): Row[] {
  const code = lines.map(line => line.slice(Math.min(outer, /^\s*/u.exec(line)![0].length)));
  const painted: Row[] = SCRIPT_LANGUAGES.has(language)
    ? highlight(code.join('\n'))
    : code.map(line => (/^\s*(?:#|\/\/)/u.test(line) ? [span(line, 'dim')] : [span(line, 'accent')]));
  const indent = span(' '.repeat(outer + 2));
  return painted.flatMap(row => prefixRows(wrapRow(row, columns - outer - 2, [span('  ')]), [indent]));
}

function lineRows(line: string, columns: number): Row[] {
  const heading = /^#{1,6}\s+(.*?)\s*#*$/u.exec(line);
  if (heading) return wrapRow(inlineSpans(heading[1]!, 'bold'), columns);
  if (/^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/u.test(line)) return [[]];
  const quote = /^\s*>\s?(.*)$/u.exec(line);
  if (quote) return prefixRows(wrapRow(inlineSpans(quote[1]!), columns - 2), [span('> ', 'dim')]);
  if (line.trim() === '') return [[]];
  const lead = /^(\s*(?:[-*•+]|\d+[.)])\s+|\s*)/u.exec(line)![0];
  return wrapRow([span(lead), ...inlineSpans(line.slice(lead.length))], columns, [
    span(' '.repeat(lead.length)),
  ]);
}
