import { formatTokens } from '../../shared/figures.ts';
import type { Meter } from '../../usage/index.ts';
import { type BarPart, stackedBar } from './bar.ts';
import type { LayoutContext } from './context.ts';
import { type Row, rowWidth, type Span, span } from './row.ts';

const LOOKS = [
  ['system', 'system', 'accent'],
  ['declarations', 'declarations', 'keyword'],
  ['scripts', 'scripts and calls', 'number'],
  ['results', 'results', 'ok'],
  ['history', 'words', 'dim'],
] as const;
const LONGEST_BAR = 76;

/** What the input of all turns consisted of: one bar, and what its parts are. */
export function partRows({ parts }: Meter, { width, glyphs }: LayoutContext): Row[] {
  const shown = LOOKS.map(([key, name, style]) => ({ name, style, value: parts[key] }));
  const total = shown.reduce((sum, part) => sum + part.value, 0);
  if (total === 0) return [];
  const bar = stackedBar(shown satisfies BarPart[], Math.min(LONGEST_BAR, width), glyphs);
  const legend = shown.map(({ name, style, value }, index): Span[] => {
    const shade = glyphs.shades[index];
    const share = `${Math.round((value / total) * 100)} %`;
    return [
      ...(shade === undefined ? [] : [span(`${shade} `, style)]),
      span(`${name} `),
      span(`${formatTokens(value)} ${share}`, 'dim'),
    ];
  });
  return [[span('Input', 'bold')], ...(bar.length > 0 ? [bar] : []), ...flow(legend, width), []];
}

/** As many entries on a row as fit. */
function flow(entries: readonly Span[][], width: number): Row[] {
  const rows: Span[][] = [];
  for (const entry of entries) {
    const last = rows.at(-1);
    if (last && rowWidth(last) + 3 + rowWidth(entry) <= width) last.push(span('   '), ...entry);
    else rows.push([...entry]);
  }
  return rows;
}
