import type { Glyphs } from '../theme.ts';
import type { LayoutContext } from './context.ts';
import { type Row, span } from './row.ts';

/** The newest `max` rows; the first says how many are not shown. */
export function keepNewest(rows: readonly Row[], max: number, glyphs: Glyphs): readonly Row[] {
  if (rows.length <= max) return rows;
  if (max <= 1) return rows.slice(rows.length - Math.max(0, max));
  const hidden = rows.length - (max - 1);
  return [[span(`  ${glyphs.ellipsis} ${hidden} earlier lines`, 'dim')], ...rows.slice(hidden)];
}

/** The first `max` rows and a last one that says how many more there are. */
export function keepFirst(
  rows: readonly Row[],
  max: number,
  { glyphs, canExpand }: LayoutContext,
): readonly Row[] {
  if (rows.length <= max + 1) return rows;
  const hint = canExpand ? ' (ctrl+o to expand)' : '';
  return [...rows.slice(0, max), [span(`${glyphs.ellipsis} ${rows.length - max} more lines${hint}`, 'dim')]];
}
