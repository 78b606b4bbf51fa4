import { keyArguments } from '../../shared/call-arguments.ts';
import type { RunBlock, ShownAnswer } from '../state/view.ts';
import { keepFirst } from './clamp.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { readableJson } from './json.ts';
import { cutRow, cutText, type Row, span, widthOf } from './row.ts';
import { linesOf, prefixRows, wrapText } from './wrap.ts';

/** Of a single answer; several get a line each. */
const SHOWN_LINES = 3;
const SHOWN_ANSWERS = 4;
const EXPANDED_LINES = 2_000;

/** What the model read of the tool calls of one turn: its beginning, or all of it when expanded. */
export function answerRows(run: RunBlock, context: LayoutContext): Row[] {
  const answers = context.expanded ? run.answers : unseen(run);
  if (answers.length === 0) return [];
  const rows = context.expanded
    ? answers.flatMap(answer => wholeRows(answer, answers.length > 1, context))
    : shortRows(answers, context);
  const indent = ' '.repeat(INDENT);
  return rows.map((row, index) => [
    span(index === 0 ? `${indent}${context.glyphs.result} ` : `${indent}  `, 'dim'),
    ...row,
  ]);
}

/** True where expanding shows more. */
export function areAnswersCut(run: RunBlock, context: LayoutContext): boolean {
  const answers = unseen(run);
  const shown = answers.length === 1 ? SHOWN_LINES + 1 : 1;
  return answers.length > SHOWN_ANSWERS + 1 || answers.some(answer => isLonger(answer, shown, context));
}

/** Answers that say more than the row of their call does: a failed call stands there with its error. */
function unseen({ answers, groups }: RunBlock): readonly ShownAnswer[] {
  const hasFailed = groups.some(group => group.failed > 0);
  return hasFailed ? answers.filter(answer => !answer.isError) : answers;
}

function isLonger(answer: ShownAnswer, lines: number, context: LayoutContext): boolean {
  const room = roomOf(context) - (lines === 1 ? widthOf(titleOf(answer)) + 2 : 0);
  const rows = linesOf(answer.text.trim());
  return rows.length > lines || rows.some(row => widthOf(row) > room);
}

function shortRows(answers: readonly ShownAnswer[], context: LayoutContext): readonly Row[] {
  const [only] = answers;
  if (answers.length === 1 && only) return keepFirst(lineRows(only, context), SHOWN_LINES, context);
  const room = roomOf(context);
  const rows = answers.map((answer): Row => {
    const lead = `${titleOf(answer)}: `;
    const text = linesOf(answer.text).find(line => line.trim() !== '') ?? '';
    return cutRow([span(lead, 'dim'), span(text.trim(), styleOf(answer))], room, context.glyphs.ellipsis);
  });
  const shown = rows.slice(0, rows.length <= SHOWN_ANSWERS + 1 ? rows.length : SHOWN_ANSWERS);
  const left = answers.length - shown.length;
  const hint = context.canExpand ? ' (ctrl+o to expand)' : '';
  if (left > 0) return [...shown, [span(`${context.glyphs.ellipsis} ${left} more results${hint}`, 'dim')]];
  const isCut = context.canExpand && answers.some(answer => isLonger(answer, 1, context));
  return isCut ? [...shown, [span(`${context.glyphs.ellipsis} more${hint}`, 'dim')]] : shown;
}

function wholeRows(answer: ShownAnswer, hasTitle: boolean, context: LayoutContext): Row[] {
  const width = roomOf(context) - (hasTitle ? 2 : 0);
  const rows = wrapText(readableJson(answer.text, width), width, styleOf(answer)).slice(0, EXPANDED_LINES);
  if (!hasTitle) return rows;
  const title = cutText(titleOf(answer), roomOf(context), context.glyphs.ellipsis);
  return [[span(title)], ...prefixRows(rows, [span('  ')])];
}

/** One row a line: what goes on beyond the edge is seen when expanded. */
function lineRows(answer: ShownAnswer, context: LayoutContext): Row[] {
  return linesOf(answer.text).map(line =>
    cutRow([span(line, styleOf(answer))], roomOf(context), context.glyphs.ellipsis),
  );
}

function titleOf({ name, input }: ShownAnswer): string {
  return `${name} ${keyArguments(input)}`.trimEnd();
}

function styleOf({ isError }: ShownAnswer): 'bad' | 'dim' {
  return isError ? 'bad' : 'dim';
}

function roomOf({ width }: LayoutContext): number {
  return width - INDENT - 2;
}
