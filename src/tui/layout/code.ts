import type { LayoutContext } from './context.ts';
import { INDENT } from './context.ts';
import { highlight } from './highlight.ts';
import { padStart, type Row, span } from './row.ts';
import { wrapRow } from './wrap.ts';

const SHOWN_LINES = 24;
const LIVE_LINES = 12;
const EXPANDED_LINES = 2_000;

/**
 * A script with line numbers, as it ran. While it streams its newest lines are shown, afterwards its first; below it
 * stands what was mended in it, or that it was cut off and never run.
 */
export function codeRows(
  { code, discarded, repairs }: { code: string; discarded: boolean; repairs: readonly string[] },
  context: LayoutContext,
): Row[] {
  const lines = highlight(code.trimEnd());
  const digits = Math.max(2, String(lines.length).length);
  const max = context.expanded ? EXPANDED_LINES : context.live ? LIVE_LINES : SHOWN_LINES;
  const from = context.live ? Math.max(0, lines.length - max) : 0;
  const shown = lines.slice(from, from + (lines.length <= max + 1 ? max + 1 : max));
  const indent = ' '.repeat(INDENT);
  const rows: Row[] = [];
  if (from > 0) rows.push(note(`${indent}${context.glyphs.ellipsis} ${from} lines above`));
  for (const [index, line] of shown.entries()) {
    const gutter = `${indent}${padStart(String(from + index + 1), digits)} ${context.glyphs.bar} `;
    const blank = `${indent}${' '.repeat(digits)} ${context.glyphs.bar} `;
    const wrapped = wrapRow(line, context.width - gutter.length, [span('  ')]);
    for (const [part, row] of wrapped.entries())
      rows.push([span(part === 0 ? gutter : blank, 'dim'), ...row]);
  }
  const below = lines.length - from - shown.length;
  if (below > 0)
    rows.push(note(`${indent}${context.glyphs.ellipsis} ${below} more lines (ctrl+o to expand)`));
  for (const repair of repairs) {
    const lead = `${indent}${context.glyphs.dot} mended: `;
    rows.push(...wrapRow([span(`${lead}${repair}`, 'dim')], context.width, [span(`${indent}  `)]));
  }
  if (discarded) rows.push([span(`${indent}${context.glyphs.warn} cut off; not run`, 'warn')]);
  return rows;
}

/** True where `codeRows` would leave lines out. */
export function isCodeCut(code: string): boolean {
  return code.trimEnd().split('\n').length > SHOWN_LINES + 1;
}

function note(text: string): Row {
  return [span(text, 'dim')];
}
