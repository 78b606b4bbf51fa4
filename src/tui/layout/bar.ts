import type { Glyphs } from '../theme.ts';
import { type Span, type StyleName, span } from './row.ts';

/** A bar of at most `columns` cells; what is not zero is always seen. '' where the signs have no bars. */
export function barText(value: number, max: number, columns: number, { bars }: Glyphs): string {
  if (bars.length === 0 || value <= 0 || max <= 0) return '';
  const steps = Math.max(1, Math.round((Math.min(value, max) / max) * columns * bars.length));
  const rest = steps % bars.length;
  return bars.at(-1)!.repeat(Math.floor(steps / bars.length)) + (rest > 0 ? bars[rest - 1] : '');
}

export interface BarPart {
  value: number;
  style: StyleName;
}

/** Parts of one whole side by side in exactly `columns` cells; a part that is not zero has at least one. */
export function stackedBar(parts: readonly BarPart[], columns: number, { shades }: Glyphs): Span[] {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  if (shades.length === 0 || total <= 0) return [];
  const cells = parts.map(part =>
    part.value > 0 ? Math.max(1, Math.round((part.value / total) * columns)) : 0,
  );
  for (
    let over = cells.reduce((sum, count) => sum + count, 0) - columns;
    over !== 0;
    over += over > 0 ? -1 : 1
  ) {
    const widest = cells.indexOf(Math.max(...cells));
    cells[widest]! -= Math.sign(over);
  }
  return parts.flatMap((part, index) =>
    cells[index]! > 0 ? [span(shades[index % shades.length]!.repeat(cells[index]!), part.style)] : [],
  );
}
