import type { Glyphs } from '../theme.ts';

const HIGH = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const PLAIN = ['.', ':', '-', '=', '+', '*', '#'];

/** The newest `columns` values as heights, the newest at the right; blank where there is nothing. */
export function sparkText(values: readonly number[], columns: number, { bars }: Glyphs): string {
  if (columns <= 0) return '';
  const shown = values.slice(-columns);
  const most = Math.max(0, ...shown);
  const steps = bars.length > 1 ? HIGH : PLAIN;
  const text = shown.map(value => heightOf(value, most, steps)).join('');
  return text.padStart(columns);
}

function heightOf(value: number, most: number, steps: readonly string[]): string {
  if (value <= 0 || most <= 0) return ' ';
  return steps[Math.min(steps.length - 1, Math.ceil((value / most) * steps.length) - 1)]!;
}
