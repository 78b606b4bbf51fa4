import { formatFactor, formatTokens } from '../../shared/figures.ts';
import { cutRow, cutText, padEnd, padStart, type Row, rowWidth, span, widthOf } from '../layout/row.ts';
import { tableRows } from '../layout/table.ts';
import { prefixRows, wrapText } from '../layout/wrap.ts';
import type { Glyphs } from '../theme.ts';
import { type LaneContext, laneRows, shortLaneRows } from './lane-rows.ts';
import { factorOf, isReference, type Lane, type Race, type RaceView } from './state.ts';

export interface RaceScreen {
  size: { columns: number; rows: number };
  glyphs: Glyphs;
  /** Unix milliseconds. */
  now: number;
  /** Undefined without animation. */
  spinner: string | undefined;
  /** Tokens as they are shown, by column. */
  shown: Readonly<Record<string, number>>;
}

/** Narrower screens have the columns below each other. */
const NARROW = 60;
const MARGIN = '  ';
const LONGEST_NAME = 44;
/** Columns of `~12.4k` or `128×`, and a blank before it. */
const FIGURE = 7;
/** Cells that are aligned to the right; a dash stands for no figure. */
const NUMBER = /^(?:[~$+−±-]*\d.*|[–-]?)$/u;

/** The race under way: which scenario, and its columns side by side. Less high than the screen. */
export function raceRows(race: Race, screen: RaceScreen): Row[] {
  const { size, glyphs } = screen;
  const width = Math.max(20, size.columns - 1);
  const max = Math.max(6, size.rows - 1);
  const room = width - MARGIN.length * 2;
  const place = race.total > 1 ? `  ${race.index} of ${race.total}` : '';
  const question = wrapText(race.question, room, 'dim');
  const shownQuestion =
    question.length > 2
      ? [...question.slice(0, 1), cutRow([...question[1]!, span(glyphs.ellipsis, 'dim')], room)]
      : question;
  const head: Row[] = [
    [],
    [span(`${MARGIN}${race.title}`, 'bold'), span(place, 'dim')],
    ...prefixRows(max >= 14 ? shownQuestion : shownQuestion.slice(0, 1), [span(MARGIN)]),
    ...(max >= 12 ? [[]] : []),
  ];
  const foot: Row[] = [[], [span(`${MARGIN}esc stop`, 'dim')]];
  const left = max - head.length - foot.length;
  const lanes =
    size.columns < NARROW ? stacked(race, screen, room, left) : sideBySide(race, screen, room, left);
  return [...head, ...prefixRows(lanes, [span(MARGIN)]), ...foot]
    .slice(0, max)
    .map(row => cutRow(row, width, glyphs.ellipsis));
}

/** A finished scenario in one row: which columns found the answer, what each used, and the factor. */
export function finishedRaceRow(race: Race, columns: number, glyphs: Glyphs): Row {
  const width = Math.max(20, columns - 1);
  const lanes = race.lanes.flatMap(lane => {
    const mark = lane.done?.ok ? span(glyphs.ok, 'ok') : span(glyphs.bad, 'bad');
    const tokens = padStart(`${lane.estimated ? '~' : ''}${formatTokens(lane.tokens)}`, FIGURE);
    return [
      span('  '),
      mark,
      span(` ${lane.label}`, 'dim'),
      span(tokens),
      ...factorSpans(race, lane, glyphs),
    ];
  });
  const room = width - MARGIN.length - rowWidth(lanes);
  const nameWidth = Math.max(12, Math.min(LONGEST_NAME, room));
  const name = padEnd(cutText(race.title, nameWidth, glyphs.ellipsis), nameWidth);
  return cutRow([span(`${MARGIN}${name}`), ...lanes], width, glyphs.ellipsis);
}

function factorSpans(race: Race, lane: Lane, { times }: Glyphs): Row {
  const factor = factorOf(race, lane);
  if (factor !== undefined)
    return [span(padStart(formatFactor(factor, times), FIGURE), factor >= 1 ? 'ok' : 'warn')];
  return isReference(lane) ? [] : [span(' '.repeat(FIGURE))];
}

/** The table at the end, and what has to be said with it. */
export function resultRows({ table, notes }: NonNullable<RaceView['results']>, columns: number): Row[] {
  const width = Math.max(20, columns - 1) - MARGIN.length;
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const isNumeric = table.head.map((_, at) => at > 0 && table.rows.every(row => NUMBER.test(row[at] ?? '')));
  const divider = line(isNumeric.map(right => (right ? '---:' : '---')));
  const rows = tableRows([line(table.head), divider, ...table.rows.map(line)], width);
  const said = notes.flatMap(note => wrapText(note, width, 'dim'));
  return [[], ...prefixRows([...rows, ...(said.length > 0 ? [[], ...said] : [])], [span(MARGIN)])];
}

function sideBySide(race: Race, screen: RaceScreen, width: number, rows: number): Row[] {
  const { lanes } = race;
  const bar = ` ${screen.glyphs.bar} `;
  const laneWidth = Math.floor((width - widthOf(bar) * (lanes.length - 1)) / Math.max(1, lanes.length));
  const columns = lanes.map((lane, at) => laneRows(lane, laneContext(race, at, screen, laneWidth, rows)));
  const height = Math.max(0, ...columns.map(column => column.length));
  return Array.from({ length: height }, (_, y) =>
    columns.flatMap((column, at): Row => {
      const row = column[y] ?? [];
      if (at === columns.length - 1) return row;
      return [...row, span(' '.repeat(Math.max(0, laneWidth - rowWidth(row)))), span(bar, 'dim')];
    }),
  );
}

function stacked(race: Race, screen: RaceScreen, width: number, rows: number): Row[] {
  const each = Math.floor(rows / Math.max(1, race.lanes.length));
  return race.lanes.flatMap((lane, at) => {
    const shown = shortLaneRows(lane, laneContext(race, at, screen, width, each));
    return at === 0 || each <= shown.length ? shown.slice(0, each) : [[], ...shown];
  });
}

function laneContext(race: Race, at: number, screen: RaceScreen, width: number, rows: number): LaneContext {
  const { glyphs, now, spinner, shown } = screen;
  const most = Math.max(0, ...race.lanes.map(lane => shown[lane.id] ?? 0));
  return { race, shown: shown[race.lanes[at]!.id] ?? 0, most, width, rows, glyphs, now, spinner };
}
