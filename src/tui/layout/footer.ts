import type { SessionContext } from '../../agent/events.ts';
import { comparedText, formatCost, formatTokens } from '../../shared/figures.ts';
import { formatDuration } from '../../shared/text.ts';
import type { View } from '../state/view.ts';
import type { Glyphs } from '../theme.ts';
import { cutRow, type Row, rowWidth, type Span, span } from './row.ts';

export interface FooterFacts {
  view: View;
  context: SessionContext;
  elapsedMs: number | undefined;
  keys: string;
}

/** A token has about so many characters of what streams. */
const STREAMED_CHARACTERS = 4;
/** From here on less is worth its colour. */
const LESS = 1.05;

interface Part {
  spans: Span[];
  /** Higher ones stay longer when room is short. */
  weight: number;
  /** What stands for it where room is short, before what weighs more is left out. */
  short?: { spans: Span[]; weight: number };
  /** Belongs to the part after it, so nothing stands between the two. */
  isPrefix?: boolean;
}

/** Where kv works on the left, what it has used on the right; what matters least goes first on a narrow screen. */
export function footerRows(facts: FooterFacts, width: number, rows: number, glyphs: Glyphs): Row[] {
  const left = contextParts(facts, glyphs);
  const right = figureParts(facts, glyphs);
  const separator = span(` ${glyphs.dot} `, 'dim');
  const total = () => rowWidth(join(left, separator)) + rowWidth(join(right, separator)) + 4;
  while (total() > width && left.length + right.length > 1) giveWay(left, right);
  const leftRow = join(left, separator);
  const rightRow = join(right, separator);
  const gap = Math.max(1, width - rowWidth(leftRow) - rowWidth(rightRow) - 2);
  const main = cutRow([span('  '), ...leftRow, span(' '.repeat(gap)), ...rightRow], width, glyphs.ellipsis);
  const keys = cutRow([span(`  ${facts.keys}`, 'dim')], width, glyphs.ellipsis);
  return rows >= 14 ? [main, keys] : [main];
}

function contextParts({ context, view }: FooterFacts, glyphs: Glyphs): Part[] {
  const { cluster, model, mode, readOnly } = context;
  const chosen = mode === 'auto' && view.mode ? `auto${glyphs.chosen}${view.mode}` : mode;
  const parts: Part[] = [];
  if (readOnly) parts.push({ spans: [span(' READ-ONLY ', 'badge')], weight: 9 });
  parts.push({ spans: [span(chosen, 'dim')], weight: 3.8 });
  const name = model.provider === 'offline' ? 'offline' : model.id;
  const short = { spans: [span(name.replace(/^claude-/u, ''), 'accent')], weight: 2.8 };
  parts.push({ spans: [span(name, 'accent')], short, weight: 4 });
  if (cluster) {
    if (cluster.source === 'snapshot')
      parts.push({ spans: [span('snapshot ', 'dim')], weight: 2.2, isPrefix: true });
    parts.push({ spans: [span(cluster.context)], weight: 6 });
    parts.push({ spans: [span('ns ', 'dim'), span(cluster.namespace)], weight: 5 });
  } else parts.push({ spans: [span('no cluster', 'warn')], weight: 6 });
  return parts;
}

function figureParts({ view, elapsedMs }: FooterFacts, glyphs: Glyphs): Part[] {
  const parts: Part[] = [];
  if (view.turn > 0) parts.push({ spans: [span(`turn ${view.turn}`, 'dim')], weight: 1 });
  parts.push(...spentParts(view, glyphs));
  if (elapsedMs !== undefined) parts.push({ spans: [span(elapsed(elapsedMs), 'dim')], weight: 2.6 });
  return parts;
}

/** Tokens, also those of the answer that streams; dollars; and how that compares with tools mode. */
function spentParts({ spent, streamed, budget }: View, glyphs: Glyphs): Part[] {
  const { meter, counterfactual } = spent.usage;
  const { totals, costUsd } = meter;
  const output = totals.output + Math.ceil(streamed / STREAMED_CHARACTERS);
  const input = totals.input + totals.cacheRead + totals.cacheWrite;
  if (input + output === 0) return [];
  const style = budget === undefined ? 'dim' : budget.level === 'warning' ? 'warn' : 'bad';
  const sent = `${totals.estimated ? '~' : ''}${formatTokens(input)}${glyphs.up}`;
  const received = `${totals.estimated || streamed > 0 ? '~' : ''}${formatTokens(output)}${glyphs.down}`;
  const parts: Part[] = [{ spans: [span(`${sent} ${received}`, style)], weight: budget ? 4.8 : 3 }];
  if (costUsd !== undefined && costUsd > 0)
    parts.push({
      spans: [span(formatCost(costUsd), style)],
      short: { spans: [span(`$${costUsd.toFixed(2)}`, style)], weight: costUsd < 0.01 ? 9 : 2.7 },
      weight: budget ? 4.9 : 3.5,
    });
  if (budget)
    parts.push({
      spans: [span(budget.level === 'warning' ? 'budget low' : 'budget used up', style)],
      weight: 4.7,
    });
  if (counterfactual && counterfactual.calls > 0) {
    const { tokens } = counterfactual.batched.factor;
    const look = tokens >= LESS ? 'ok' : 'dim';
    const text = comparedText(tokens, glyphs.times);
    const short = { spans: [span(text.replace(/ than tools$/u, ''), look)], weight: 1.5 };
    parts.push({ spans: [span(text, look)], short, weight: 3.6 });
  }
  return parts;
}

/** Whole seconds while it runs: tenths would be restless. */
function elapsed(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatDuration(ms);
}

function join(parts: readonly Part[], separator: Span): Span[] {
  return parts.flatMap((part, index) =>
    index === 0 || parts[index - 1]!.isPrefix ? part.spans : [separator, ...part.spans],
  );
}

/** What weighs least is shortened, or left out where it is short already. */
function giveWay(left: Part[], right: Part[]): void {
  const weightOf = (part: Part) => part.short?.weight ?? part.weight;
  const lightest = [...left, ...right].reduce((a, b) => (weightOf(b) < weightOf(a) ? b : a));
  for (const side of [left, right]) {
    const index = side.indexOf(lightest);
    if (index < 0) continue;
    const { short, weight, isPrefix } = lightest;
    side.splice(index, 1, ...(short ? [{ spans: short.spans, weight, isPrefix }] : []));
  }
}
