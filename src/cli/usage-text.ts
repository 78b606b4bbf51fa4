import stringWidth from 'string-width';
import { type BudgetState, dollars, shareOf, WARN_AT } from '../usage/index.ts';
import { bar, sparkline } from './usage-chart.ts';
import type { Group, NamedSum, Sum, UsageFigures } from './usage-figures.ts';

export interface UsageTextOptions {
  /** Only this table. */
  by?: Group;
  columns: number;
  unicode: boolean;
  /** Share of a budget from which on it is marked. */
  warnAt?: number;
}

/** Below this many columns figures are shortened and turns left out. */
const NARROW = 60;
/** Nobody reads a table across a whole wide screen. */
const WIDEST = 100;

/** What `kv usage` prints: no line is longer than the terminal is wide. */
export function usageText(figures: UsageFigures, options: UsageTextOptions): string {
  const width = Math.max(30, Math.min(options.columns, WIDEST));
  const view = { ...options, width };
  const sections = [heading(figures, view), ...tables(figures, view), budgets(figures, view)];
  const notes = footnotes(figures, view);
  return `${[...sections, notes].filter(Boolean).join('\n\n')}\n`;
}

interface View extends UsageTextOptions {
  width: number;
}

function heading({ from, to, days, total }: UsageFigures, view: View): string {
  const span = days.length === 1 ? 'Today' : `Last ${days.length} days`;
  if (total.turns === 0) {
    return wrap(`Nothing was spent from ${from} to ${to}: no model was asked.`, view.width);
  }
  const inDollars = total.costUsd > 0;
  const line = sparkline(
    days.map(day => (inDollars ? day.costUsd : day.tokens)),
    Math.min(view.width, 60),
    view.unicode,
  );
  const what = `${inDollars ? 'dollars' : 'tokens'} a day`;
  const title = wrap(`${span}, ${from} to ${to}${days.length > 1 ? `, ${what}` : ''}`, view.width);
  return days.length > 1 ? `${title}\n${line}` : title;
}

function tables({ days, models, modes, total }: UsageFigures, view: View): string[] {
  if (total.turns === 0) return [];
  const used = days.filter(day => day.turns > 0);
  const all: Array<[Group, NamedSum[]]> = [
    ['day', used],
    ['model', models],
    ['mode', modes],
  ];
  return all
    .filter(([group]) => (view.by ?? group) === group)
    .map(([group, rows]) => table(group, rows, total, view));
}

function table(group: Group, rows: NamedSum[], total: Sum, view: View): string {
  const lines = [...rows, { name: 'all', ...total }].map(row => cells(row, view));
  const header = view.width < NARROW ? [group, 'tokens', 'cost'] : [group, 'turns', 'tokens', 'cost'];
  const all = [header, ...lines];
  const widths = header.map((_, at) => Math.max(...all.map(line => stringWidth(line[at]!))));
  const figures = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const name = Math.min(widths[0]!, view.width - figures);
  return all
    .map(([first, ...rest]) =>
      [
        padded(shortened(first!, name, view.unicode), name),
        ...rest.map((cell, at) => cell.padStart(widths[at + 1]!)),
      ].join('  '),
    )
    .join('\n');
}

function cells(row: NamedSum, view: View): string[] {
  const about = row.estimated ? '~' : '';
  const narrow = view.width < NARROW;
  const tokens = about + (narrow ? compact(row.tokens) : row.tokens.toLocaleString('en'));
  const cost = costText(row, narrow);
  return narrow ? [row.name, tokens, cost] : [row.name, row.turns.toLocaleString('en'), tokens, cost];
}

function costText(sum: Sum, narrow: boolean): string {
  const known = (sum.costEstimated ? '~' : '') + dollars(sum.costUsd);
  if (sum.unpriced === 0) return known;
  const unknown = narrow ? '?' : 'unknown price';
  return sum.unpriced === sum.turns ? unknown : `${known} + ${unknown}`;
}

function budgets({ budgets: states, total }: UsageFigures, view: View): string {
  if (states.length === 0) {
    const text = 'No budgets per day or month are set; `budgets` in the config file sets them.';
    return total.turns > 0 ? wrap(text, view.width) : '';
  }
  const lines = states.map(state => [state.scope === 'perDay' ? 'today' : 'this month', state] as const);
  return ['Budgets', ...lines.flatMap(([name, state]) => budgetLines(name, state, view))].join('\n');
}

function budgetLines(name: string, state: BudgetState, view: View): string[] {
  const share = shareOf(state);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const mark = share >= 1 ? ' used up' : share >= (view.warnAt ?? WARN_AT) ? ' !' : '';
  const figure = (value: number) =>
    state.unit === 'usd' ? dollars(value) : view.width < NARROW ? compact(value) : value.toLocaleString('en');
  const amounts = `${figure(state.used)} of ${figure(state.limit)}${state.unit === 'usd' ? '' : ' tokens'}${mark}`;
  const cells = Math.max(8, Math.min(24, view.width - 60));
  const head = `  ${name.padEnd(10)}  ${bar(share, view.width < NARROW ? 16 : cells, view.unicode)} ${percent}`;
  return view.width < NARROW ? [head, `  ${amounts}`] : [`${head}  ${amounts}`];
}

function footnotes({ total, unpricedModels }: UsageFigures, { width, unicode }: View): string {
  const notes: string[] = [];
  if (total.estimated) notes.push('~ counted by kv where the provider reported nothing.');
  if (unpricedModels.length > 0) {
    const models = unpricedModels.map(model => shortened(model, width - 2, unicode)).join(', ');
    notes.push(`The price of ${models} is unknown; add it under \`prices\` in the config file.`);
  }
  return notes.map(note => wrap(note, width)).join('\n');
}

/** `950`, `12.4k`, `3.1M`. */
function compact(value: number): string {
  const format = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
  return format.format(value).replace('K', 'k');
}

/** Model names may have characters of two columns. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

function shortened(text: string, width: number, unicode: boolean): string {
  if (stringWidth(text) <= width) return text;
  const mark = unicode ? '…' : '..';
  let start = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(start + segment) > width - mark.length) break;
    start += segment;
  }
  return start + mark;
}

function wrap(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && stringWidth(line) + 1 + stringWidth(word) > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
