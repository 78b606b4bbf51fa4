import { formatFactor, formatTokens } from '../../shared/figures.ts';
import type { Compared } from '../state/usage.ts';
import { barText } from './bar.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { type Row, type Span, span, widthOf } from './row.ts';

const TOOLS = 'tools';
const LONGEST_BAR = 24;
/** Where both bars stand on one row. */
const ROOMY = 72;
/** Below it tools mode would have been the cheaper one. */
const EVEN = 0.995;

/** What a question took, with what tools mode would have taken for the same: one row, or two on a narrow screen. */
export function comparedRows(
  { label, tokens, tools, estimated }: Compared,
  { width, glyphs }: LayoutContext,
): Row[] {
  const margin = span(' '.repeat(INDENT));
  const isWide = width >= ROOMY;
  const factor = tools / tokens;
  const isLess = factor >= EVEN;
  const said = formatFactor(factor, glyphs.times);
  const verdict = span(
    isLess || !isWide ? ` ${said}` : ` tools mode would have cost ${said}`,
    isLess ? 'bold' : 'warn',
  );
  const used = `${estimated ? '~' : ''}${formatTokens(tokens)}`;
  const other = `~${formatTokens(tools)}`;
  const name = Math.max(label.length, TOOLS.length);
  const figure = Math.max(used.length, other.length);
  const words = isWide ? label.length + used.length + TOOLS.length + other.length + 6 : name + figure + 2;
  const room = width - INDENT - words - widthOf(verdict.text);
  const longest = Math.max(0, Math.min(LONGEST_BAR, isWide ? Math.floor(room / 2) : room));
  const side = (mode: string, count: string, value: number, style: Span['style']): Span[] => [
    span(`${mode} ${count} `, 'dim'),
    span(barText(value, Math.max(tokens, tools), longest, glyphs), style),
  ];
  if (isWide)
    return [
      [
        margin,
        ...side(label, used, tokens, 'accent'),
        span('  '),
        ...side(TOOLS, other, tools, 'dim'),
        verdict,
      ],
    ];
  return [
    [margin, ...side(label.padEnd(name), used.padStart(figure), tokens, 'accent')],
    [margin, ...side(TOOLS.padEnd(name), other.padStart(figure), tools, 'dim'), verdict],
  ];
}
