import type { SessionContext } from '../../agent/events.ts';
import { formatDuration } from '../../shared/text.ts';
import { formatTokens, inputOf } from '../state/usage.ts';
import type { View } from '../state/view.ts';
import type { Glyphs } from '../theme.ts';
import { cutRow, type Row, rowWidth, type Span, span } from './row.ts';

export interface FooterFacts {
  view: View;
  context: SessionContext;
  /** US dollars so far, where the price is known. */
  cost: number | undefined;
  elapsedMs: number | undefined;
  keys: string;
}

interface Part {
  spans: Span[];
  /** Higher ones stay longer when room is short. */
  weight: number;
  /** Belongs to the part after it, so nothing stands between the two. */
  isPrefix?: boolean;
}

/** Where kv works on the left, what it has used on the right; what matters least goes first on a narrow screen. */
export function footerRows(facts: FooterFacts, width: number, rows: number, glyphs: Glyphs): Row[] {
  const left = contextParts(facts.context);
  const right = figureParts(facts, glyphs);
  const separator = span(` ${glyphs.dot} `, 'dim');
  const total = () => rowWidth(join(left, separator)) + rowWidth(join(right, separator)) + 4;
  while (total() > width && left.length + right.length > 1) dropLightest(left, right);
  const leftRow = join(left, separator);
  const rightRow = join(right, separator);
  const gap = Math.max(1, width - rowWidth(leftRow) - rowWidth(rightRow) - 2);
  const main = cutRow([span('  '), ...leftRow, span(' '.repeat(gap)), ...rightRow], width, glyphs.ellipsis);
  const keys = cutRow([span(`  ${facts.keys}`, 'dim')], width, glyphs.ellipsis);
  return rows >= 14 ? [main, keys] : [main];
}

function contextParts(context: SessionContext): Part[] {
  const { cluster, model, mode, readOnly } = context;
  const parts: Part[] = [];
  if (readOnly) parts.push({ spans: [span(' READ-ONLY ', 'badge')], weight: 9 });
  parts.push({ spans: [span(mode, 'dim')], weight: 2 });
  parts.push({ spans: [span(model.provider === 'offline' ? 'offline' : model.id, 'accent')], weight: 4 });
  if (cluster) {
    if (cluster.source === 'snapshot')
      parts.push({ spans: [span('snapshot ', 'dim')], weight: 2.2, isPrefix: true });
    parts.push({ spans: [span(cluster.context)], weight: 6 });
    parts.push({ spans: [span('ns ', 'dim'), span(cluster.namespace)], weight: 5 });
  } else parts.push({ spans: [span('no cluster', 'warn')], weight: 6 });
  return parts;
}

function figureParts({ view, cost, elapsedMs }: FooterFacts, glyphs: Glyphs): Part[] {
  const parts: Part[] = [];
  if (view.turn > 0) parts.push({ spans: [span(`turn ${view.turn}`, 'dim')], weight: 1 });
  const input = inputOf(view.usage);
  if (input + view.usage.outputTokens > 0) {
    const about = view.usage.estimated ? '~' : '';
    const text = `${about}${formatTokens(input)}${glyphs.up} ${formatTokens(view.usage.outputTokens)}${glyphs.down}`;
    parts.push({ spans: [span(text, 'dim')], weight: 3 });
  }
  if (cost !== undefined && input + view.usage.outputTokens > 0)
    parts.push({ spans: [span(`$${cost.toFixed(cost < 0.1 ? 3 : 2)}`, 'dim')], weight: 3.5 });
  if (elapsedMs !== undefined) parts.push({ spans: [span(elapsed(elapsedMs), 'dim')], weight: 2.6 });
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

function dropLightest(left: Part[], right: Part[]): void {
  const lightest = [...left, ...right].reduce((a, b) => (b.weight < a.weight ? b : a));
  for (const side of [left, right]) {
    const index = side.indexOf(lightest);
    if (index >= 0) side.splice(index, 1);
  }
}
