import type { Line } from './line.ts';

/** Characters of one page of a result: some 3,500 tokens of tables. */
export const PAGE_CHARACTERS = 10_000;

/**
 * Lines as pages of at most `PAGE_CHARACTERS`, cut between lines only (a line longer than a page excepted). Each
 * page begins with what its first line needs above it. `newestFirst`: the last page's worth of lines comes first,
 * in its own order, as one reads a log.
 */
export function pagesOf(lines: readonly Line[], newestFirst = false): string[] {
  const whole = lines.reduce((sum, line) => sum + line.text.length + 1, 0);
  if (whole <= PAGE_CHARACTERS) return [lines.map(line => line.text).join('\n')];
  const pages: Line[][] = [];
  let page: Line[] = [];
  let room = 0;
  for (const line of inOrder(lines.flatMap(split), newestFirst)) {
    const length = line.text.length + 1;
    if (page.length === 0 || length > room) {
      page = [];
      pages.push(page);
      room = PAGE_CHARACTERS - (line.head === undefined ? 0 : line.head.length + 1);
    }
    room -= length;
    page.push(line);
  }
  return pages.map(item => textOf(inOrder(item, newestFirst)));
}

function inOrder(lines: Line[], newestFirst: boolean): Line[] {
  return newestFirst ? lines.toReversed() : lines;
}

function textOf(page: Line[]): string {
  const texts = page.map(line => line.text);
  const { head, text } = page[0]!;
  return (head === undefined || head === text ? texts : [head, ...texts]).join('\n');
}

/** A line longer than a page, in pieces. */
function split(line: Line): Line[] {
  const room = PAGE_CHARACTERS - 1_000;
  if (line.text.length <= room) return [line];
  const pieces: Line[] = [];
  for (let at = 0; at < line.text.length; at += room)
    pieces.push({ text: line.text.slice(at, at + room), head: line.head });
  return pieces;
}
