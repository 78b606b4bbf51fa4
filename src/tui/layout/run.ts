import { newestLines } from '../state/console.ts';
import type { RunBlock } from '../state/view.ts';
import { answerRows, areAnswersCut } from './answers.ts';
import { callRows } from './calls.ts';
import { keepFirst, keepNewest } from './clamp.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { outlineJson, parseJson, readableJson } from './json.ts';
import { cutRow, type Row, type StyleName, span } from './row.ts';
import { linesOf, wrapRow, wrapText } from './wrap.ts';

const SHOWN_CALLS = 20;
const LIVE_CALLS = 12;
const SHOWN_CONSOLE = 8;
const LIVE_CONSOLE = 5;
const EXPANDED_CONSOLE = 200;
const SHOWN_RESULT = 8;
const EXPANDED_RESULT = 2_000;

/** One script's run, or the tool calls of one turn: calls, changes, console, and what came out. */
export function runRows(run: RunBlock, context: LayoutContext): Row[] {
  return [
    ...cappedCallRows(run, context),
    ...changeRows(run, context),
    ...consoleRows(run, context),
    ...outcomeRows(run, context),
    ...answerRows(run, context),
  ];
}

/** True where `runRows` leaves something out that expanding would show. */
export function isRunCut(run: RunBlock, context: LayoutContext): boolean {
  const hasHiddenCalls = run.groups.length > SHOWN_CALLS || run.groups.some(group => group.total > 3);
  const result = run.result === undefined ? [] : resultRows(run.result, { ...context, expanded: true });
  if (areAnswersCut(run, context)) return true;
  return hasHiddenCalls || run.console.count > SHOWN_CONSOLE || result.length > SHOWN_RESULT + 1;
}

/** While calls run their newest rows are of interest, afterwards the first. */
function cappedCallRows(run: RunBlock, context: LayoutContext): readonly Row[] {
  const rows = callRows(run.groups, context);
  if (context.expanded) return rows;
  if (!context.live) {
    const shown = keepFirst(rows, SHOWN_CALLS, context);
    return shown === rows ? rows : shown.with(-1, [span(' '.repeat(INDENT)), ...shown.at(-1)!]);
  }
  return keepNewest(rows, LIVE_CALLS, context.glyphs);
}

function changeRows(run: RunBlock, { width, glyphs }: LayoutContext): Row[] {
  const looks: Record<string, { glyph: string; style: StyleName }> = {
    applied: { glyph: glyphs.ok, style: 'ok' },
    allowed: { glyph: glyphs.pointer, style: 'warn' },
    denied: { glyph: glyphs.bad, style: 'bad' },
  };
  return run.changes.flatMap(change => {
    const { glyph, style } = looks[change.outcome]!;
    const head = [span(' '.repeat(INDENT)), span(glyph, style), span(' ')];
    return wrapRow([...head, span(`${change.outcome} `, style), span(change.text)], width, [
      span(' '.repeat(INDENT + 2)),
    ]);
  });
}

function consoleRows(run: RunBlock, context: LayoutContext): Row[] {
  const { width, glyphs, live, expanded } = context;
  const max = live ? LIVE_CONSOLE : expanded ? EXPANDED_CONSOLE : SHOWN_CONSOLE;
  const entries = newestLines(run.console, max);
  const indent = ' '.repeat(INDENT);
  const rows: Row[] = entries.map(entry => {
    const style = entry.level === 'error' ? 'bad' : entry.level === 'warn' ? 'warn' : 'dim';
    return cutRow(
      [span(`${indent}${glyphs.pointer} `, 'dim'), span(linesOf(entry.text).join(' '), style)],
      width,
      glyphs.ellipsis,
    );
  });
  const hidden = run.console.count - entries.length;
  if (hidden > 0) rows.unshift([span(`${indent}${glyphs.ellipsis} ${hidden} earlier console lines`, 'dim')]);
  return rows;
}

function outcomeRows(run: RunBlock, context: LayoutContext): Row[] {
  const indent = ' '.repeat(INDENT);
  if (run.error) {
    const { name, message, line, frame } = run.error;
    const where = line === undefined ? '' : ` at line ${line}`;
    const title = [span(`${indent}${context.glyphs.bad} `, 'bad'), span(`${name}${where}: `, 'badTitle')];
    const rows: Row[] = wrapRow([...title, ...oneRow(message)], context.width, [span(`${indent}  `)]);
    const frameRows = frame
      ? linesOf(frame).map(text => cutRow([span(`${indent}    ${text}`, 'dim')], context.width))
      : [];
    return [...keepFirst(rows, 8, context), ...frameRows];
  }
  if (run.result === undefined) return [];
  return shownResult(run.result, context).map((row, index) => [
    span(index === 0 ? `${indent}${context.glyphs.result} ` : `${indent}  `, 'dim'),
    ...row,
  ]);
}

/** The whole result where it is short or expanded; else the outline of a value, or the first lines of a text. */
function shownResult(result: string, context: LayoutContext): readonly Row[] {
  const rows = resultRows(result, context);
  const max = context.expanded ? EXPANDED_RESULT : SHOWN_RESULT;
  const value = rows.length > max + 1 && !context.expanded ? parseJson(result) : undefined;
  if (typeof value !== 'object' || value === null) return keepFirst(rows, max, context);
  const room = context.width - INDENT - 2;
  const outline = outlineJson(value).map(line => cutRow([span(line, 'dim')], room, context.glyphs.ellipsis));
  const shown = outline.slice(0, max);
  const hint = context.canExpand ? ' (ctrl+o to expand)' : '';
  const left = rows.length - shown.length;
  return [...shown, [span(`${context.glyphs.ellipsis} ${left} more lines${hint}`, 'dim')]];
}

function oneRow(text: string): Row {
  return [span(text.replaceAll('\n', ' '))];
}

/** Text as it is, JSON over as few lines as fit. */
function resultRows(result: string, { width }: LayoutContext): Row[] {
  const room = width - INDENT - 2;
  return wrapText(readableJson(result, room), room, 'dim');
}
