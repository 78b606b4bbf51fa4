import type { Spread } from '../result.ts';

/** Tokens: `812`, `12,480`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Tokens on an axis: `800`, `12k`, `2.6M`. */
export function short(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e3) return `${trimmed(value / 1e3)}k`;
  return String(Math.round(value));
}

/** A quotient: `0.62×`, `3.4×`, `48×`. */
export function times(value: number | undefined): string {
  if (value === undefined) return '–';
  return `${value >= 10 ? whole(value) : value.toFixed(value >= 1 ? 1 : 2)}×`;
}

/** The distance of a prediction from what was measured: `+4%`. */
export function error(quotient: number | undefined): string {
  if (quotient === undefined) return '–';
  const percent = Math.round((quotient - 1) * 100);
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)}%`;
}

/** `12,480`, with repeats that differ `12,480 (11,002–13,170)`. */
export function withSpread(spread: Spread, show: (value: number) => string = whole): string {
  const middle = show(spread.median);
  const [low, high] = [show(spread.min), show(spread.max)];
  return low === high ? middle : `${middle} (${low}–${high})`;
}

export function dollars(value: number): string {
  return value === 0 ? '$0' : `$${value < 0.1 ? value.toPrecision(2) : value.toFixed(2)}`;
}

function trimmed(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, '');
}
