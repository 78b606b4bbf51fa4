import { formatCost, formatFactor, formatTokens } from '../../shared/figures.ts';
import { type Counterfactual, type Meter, type RoadFigures, totalTokens } from '../../usage/index.ts';
import type { Spent } from '../state/usage.ts';
import { barText } from './bar.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { padEnd, padStart, type Row, span } from './row.ts';
import { partRows } from './token-parts.ts';
import { turnRows } from './token-turns.ts';
import { prefixRows, wrapRow } from './wrap.ts';

const LONGEST_BAR = 60;

/** What the session has used: against tools mode, by parts of the input, and turn by turn. */
export function tokenRows(spent: Spent, context: LayoutContext): Row[] {
  const { meter, counterfactual } = spent.usage;
  const width = context.width - INDENT;
  if (meter.turns.length === 0)
    return prefixRows([[span('no tokens yet: nothing was asked', 'dim')]], margin());
  const inner = { ...context, width };
  const about = estimateText(meter, counterfactual);
  const rows: Row[] = [
    ...(counterfactual && counterfactual.calls > 0
      ? comparisonRows(meter, counterfactual, inner)
      : aloneRows(meter, inner)),
    [],
    ...partRows(meter, inner),
    ...turnRows(spent, inner),
    ...(about ? wrapRow([span(about, 'dim')], width, [span('  ')]) : []),
  ];
  return prefixRows(rows, margin());
}

function comparisonRows(
  meter: Meter,
  { batched, sequential }: Counterfactual,
  context: LayoutContext,
): Row[] {
  const { width, glyphs } = context;
  const { totals, costUsd } = meter;
  const used = totalTokens(totals);
  const tools = tokensOf(batched);
  const mode = modeOf(meter);
  const lines = [
    { name: mode, tokens: used, about: totals.estimated, cost: costUsd, factor: '' },
    {
      name: 'tools',
      tokens: tools,
      about: true,
      cost: batched.cachedCostUsd,
      factor: used > 0 ? formatFactor(batched.factor.tokens, glyphs.times) : '',
    },
  ];
  const hasCost = lines.every(line => line.cost !== undefined && line.cost > 0) && width >= 60;
  const figure = 8;
  const fixed = 6 + figure + 8 + (hasCost ? 10 : 0);
  const longest = glyphs.bars.length === 0 ? 0 : Math.min(LONGEST_BAR, width - fixed - 1);
  const bars = lines.map(({ name, tokens, about, cost, factor }, index): Row => {
    const bar = barText(tokens, Math.max(used, tools), longest, glyphs);
    return [
      span(padEnd(name, 6), index === 0 ? 'title' : 'bold'),
      span(padStart(`${about ? '~' : ''}${formatTokens(tokens)}`, figure)),
      span(` ${padEnd(bar, longest)}`, index === 0 ? 'accent' : 'warn'),
      span(hasCost ? padStart(`${index > 0 ? '~' : ''}${formatCost(cost!)}`, 10) : '', 'dim'),
      span(padStart(factor, 7), batched.factor.tokens >= 1 ? 'ok' : 'warn'),
    ];
  });
  const more = roadLines(meter, batched, sequential, context);
  const title = [span('Tokens', 'bold'), span('  tools: the same calls, independent ones together', 'dim')];
  return [title, ...bars, ...more.flatMap(text => wrapRow([span(text, 'dim')], width, [span('  ')]))];
}

/** What the bars leave out: calls one at a time, and both ways of working with and without prompt caching. */
function roadLines(
  { costUsd }: Meter,
  batched: RoadFigures,
  sequential: RoadFigures,
  { glyphs }: LayoutContext,
): string[] {
  const times = (factor: number | undefined) =>
    factor === undefined || factor === 0 ? '' : ` (${formatFactor(factor, glyphs.times)})`;
  const apart = `tools, one call at a time: ~${formatTokens(tokensOf(sequential))}${times(sequential.factor.tokens)}`;
  const isPaid = costUsd !== undefined && costUsd > 0;
  if (!isPaid || batched.cachedCostUsd === undefined || sequential.cachedCostUsd === undefined) {
    const read = ({ cached, input }: RoadFigures) =>
      `~${formatTokens(cached.cacheRead)} of ~${formatTokens(input)}`;
    return [
      apart,
      `with caching, tools mode reads ${read(batched)} input from the cache, one at a time ${read(sequential)}`,
    ];
  }
  const cost = (road: RoadFigures, cached: boolean) =>
    `~${formatCost((cached ? road.cachedCostUsd : road.costUsd) ?? 0)}`;
  return [
    apart,
    `with caching: ${formatCost(costUsd)} here, tools ${cost(batched, true)}${times(batched.factor.costUsd)}, ` +
      `one at a time ${cost(sequential, true)}${times(sequential.factor.costUsd)}`,
    `without caching: tools ${cost(batched, false)}, one at a time ${cost(sequential, false)}`,
  ];
}

/** A session without anything to compare with. */
function aloneRows(meter: Meter, { width }: LayoutContext): Row[] {
  const { totals, costUsd } = meter;
  const about = totals.estimated ? '~' : '';
  const cost = costUsd === undefined || costUsd === 0 ? '' : `, ${formatCost(costUsd)}`;
  const why =
    modeOf(meter) === 'tools'
      ? 'in tools mode, so there is nothing to compare with'
      : 'no calls were made, so there is nothing to compare with';
  return wrapRow(
    [span(`${about}${formatTokens(totalTokens(totals))} tokens${cost}`, 'bold'), span(`  ${why}`, 'dim')],
    width,
    [span('  ')],
  );
}

/** `code` or `tools` where all turns were in it. */
export function modeOf({ turns }: Meter): string {
  const modes = new Set(turns.map(turn => turn.mode ?? 'code'));
  const [only] = modes;
  return modes.size === 1 && only ? only : 'mixed';
}

function estimateText({ totals, turns }: Meter, counterfactual: Counterfactual | undefined): string {
  const isOffline = turns.every(turn => turn.model.provider === 'offline');
  const unreported = isOffline ? 'what a model would have used' : 'tokens that the provider did not report';
  const own = totals.estimated ? unreported : '';
  const other = counterfactual ? 'what tools mode would have used for the same calls' : '';
  const parts = [own, other].filter(Boolean);
  return parts.length === 0 ? '' : `~ estimated by kv: ${parts.join(', and ')}`;
}

function tokensOf(road: RoadFigures): number {
  return road.input + road.output;
}

function margin(): Row {
  return [span(' '.repeat(INDENT))];
}
