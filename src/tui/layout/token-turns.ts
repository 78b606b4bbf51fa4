import { formatCost, formatTokens } from '../../shared/figures.ts';
import { formatDuration } from '../../shared/text.ts';
import type { TokenCounts } from '../../usage/index.ts';
import type { Spent } from '../state/usage.ts';
import type { LayoutContext } from './context.ts';
import { padEnd, padStart, type Row, type StyleName, span } from './row.ts';

const SHOWN_TURNS = 30;

/** Columns with their widths; those that weigh least are left out first where there is no room. */
const COLUMNS = [
  { name: 'turn', width: 6, weight: 9 },
  { name: 'mode', width: 7, weight: 1 },
  { name: 'input', width: 8, weight: 8 },
  { name: 'cached', width: 8, weight: 2 },
  { name: 'output', width: 8, weight: 7 },
  { name: 'cost', width: 8, weight: 5 },
  { name: 'time', width: 7, weight: 6 },
] as const;

type Cells = Record<(typeof COLUMNS)[number]['name'], string>;

/** Turn by turn: tokens, dollars, time; and their sums. */
export function turnRows({ usage, times }: Spent, { width }: LayoutContext): Row[] {
  const { turns, totals, costUsd } = usage.meter;
  const columns = fitting(width);
  const row = (cells: Cells, style?: StyleName): Row => [
    span(
      columns
        .map(({ name, width: room }) =>
          name === 'turn' || name === 'mode' ? padEnd(cells[name], room) : padStart(cells[name], room),
        )
        .join(''),
      style,
    ),
  ];
  const head = Object.fromEntries(COLUMNS.map(({ name }) => [name, name])) as Cells;
  const hidden = turns.length - SHOWN_TURNS;
  const time = Object.values(times).reduce((sum, ms) => sum + ms, 0);
  return [
    row(head, 'dim'),
    ...(hidden > 0 ? [[span(`${hidden} earlier turns`, 'dim')]] : []),
    ...turns
      .slice(-SHOWN_TURNS)
      .map(turn => row(cellsOf(String(turn.turn), turn.mode ?? '', turn, turn.costUsd, times[turn.turn]))),
    row(cellsOf('total', '', totals, costUsd, time), 'bold'),
  ];
}

function cellsOf(
  turn: string,
  mode: string,
  counts: TokenCounts,
  costUsd: number | undefined,
  time: number | undefined,
): Cells {
  const about = counts.estimated ? '~' : '';
  return {
    turn,
    mode,
    input: `${about}${formatTokens(counts.input + counts.cacheRead + counts.cacheWrite)}`,
    cached: formatTokens(counts.cacheRead),
    output: `${about}${formatTokens(counts.output)}`,
    cost: costUsd === undefined ? '?' : formatCost(costUsd),
    time: time === undefined ? '' : formatDuration(time),
  };
}

function fitting(width: number): Array<(typeof COLUMNS)[number]> {
  const columns = [...COLUMNS];
  while (columns.reduce((sum, column) => sum + column.width, 0) > width && columns.length > 1) {
    const lightest = columns.reduce((a, b) => (b.weight < a.weight ? b : a));
    columns.splice(columns.indexOf(lightest), 1);
  }
  return columns;
}
