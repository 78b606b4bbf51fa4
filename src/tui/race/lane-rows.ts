import { comparedText } from '../../shared/figures.ts';
import { formatDuration } from '../../shared/text.ts';
import { barText } from '../layout/bar.ts';
import { cutRow, type Row, rowWidth, type Span, span, widthOf } from '../layout/row.ts';
import { wrapRow } from '../layout/wrap.ts';
import { nowText } from '../state/now.ts';
import type { Glyphs } from '../theme.ts';
import type { ActivityLine } from './activity.ts';
import { bigNumber } from './digits.ts';
import { elapsedOf, factorOf, isReference, type Lane, type Race } from './state.ts';

export interface LaneContext {
  race: Race;
  /** Tokens as they are shown: on their way up to what is known. */
  shown: number;
  /** The most of any lane: as long as the longest bar. */
  most: number;
  width: number;
  rows: number;
  glyphs: Glyphs;
  now: number;
  spinner: string | undefined;
}

const BIG_ROWS = 12;

/** One column in full: label, tokens, bar, figures, what it is doing, what it did. */
export function laneRows(lane: Lane, context: LaneContext): Row[] {
  const { width, rows, glyphs } = context;
  const number = `${lane.estimated ? '~' : ''}${context.shown.toLocaleString('en')}`;
  const big = bigNumber(number);
  const isBig = glyphs.bars.length > 1 && rows >= BIG_ROWS && widthOf(big[0]) + 8 <= width;
  const tokens: Row[] = isBig
    ? [[span(big[0], 'bold')], [span(big[1], 'bold')], [span(big[2], 'bold'), span(' tokens', 'dim')]]
    : [[span(number, 'bold'), span(' tokens', 'dim')]];
  const head = [[titleSpan(lane)], ...tokens, [barSpan(lane, context)], figuresRow(lane, context)];
  const state = stateRows(lane, context);
  const room = rows - head.length - state.length - 1;
  const activity = room > 0 ? [[], ...lane.activity.slice(-room).map(line => activityRow(line, glyphs))] : [];
  return [...head, ...state, ...activity].map(row => cutRow(row, width, glyphs.ellipsis));
}

/** One column in three or four rows, for screens too narrow for columns. */
export function shortLaneRows(lane: Lane, context: LaneContext): Row[] {
  const { width, glyphs } = context;
  const number = `${lane.estimated ? '~' : ''}${context.shown.toLocaleString('en')}`;
  const tokens = [span(number, 'bold'), span(' tokens', 'dim')];
  const title: Row = [titleSpan(lane)];
  const gap = Math.max(1, width - rowWidth(title) - rowWidth(tokens));
  const last = lane.activity.at(-1);
  return [
    [...title, span(' '.repeat(gap)), ...tokens],
    [barSpan(lane, context)],
    figuresRow(lane, context),
    ...stateRows(lane, context).slice(0, 2),
    ...(last && !lane.done ? [activityRow(last, glyphs)] : []),
  ].map(row => cutRow(row, width, glyphs.ellipsis));
}

function titleSpan(lane: Lane): Span {
  return span(lane.label, isReference(lane) ? 'bold' : 'title');
}

function barSpan(lane: Lane, { shown, most, width, glyphs }: LaneContext): Span {
  return span(barText(shown, most, width, glyphs), isReference(lane) ? 'warn' : 'accent');
}

function figuresRow(lane: Lane, { now, glyphs }: LaneContext): Row {
  const ms = elapsedOf(lane, now);
  const time = lane.done || ms >= 60_000 ? formatDuration(ms) : `${Math.floor(ms / 1000)} s`;
  const parts = [plural(lane.turns, 'turn'), plural(lane.calls, 'call'), time];
  return [span(parts.join(` ${glyphs.dot} `), 'dim')];
}

/** What it is doing now, or what came of it and how it compares. */
function stateRows(lane: Lane, { race, width, glyphs, spinner }: LaneContext): Row[] {
  if (!lane.done) {
    const text = nowText(lane.view, glyphs.times);
    const sign = text === undefined ? span(glyphs.dot, 'dim') : span(spinner ?? glyphs.waiting, 'accent');
    return [[sign, span(` ${text ?? 'waiting'}`, text === undefined ? 'dim' : undefined)]];
  }
  const { ok, note } = lane.done;
  const mark = ok ? span(`${glyphs.ok} `, 'ok') : span(`${glyphs.bad} `, 'bad');
  const factor = factorOf(race, lane);
  const compared: Row[] =
    factor === undefined ? [] : [[span(comparedText(factor, glyphs.times), factor >= 1 ? 'ok' : 'warn')]];
  return [...compared, ...wrapRow([mark, span(note)], width, [span('  ')]).slice(0, 3)];
}

function activityRow({ state, text, call }: ActivityLine, glyphs: Glyphs): Row {
  const shown = call && call.times > 1 ? `${call.name} ${glyphs.times}${call.times}` : text;
  if (state === 'said') return [span(`  ${shown}`, 'dim')];
  if (state === 'script') return [span(`${glyphs.pointer} ${shown}`, 'accent')];
  return [span(state === 'ok' ? glyphs.ok : glyphs.bad, state), span(` ${shown}`)];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
