/** Where a value stands on an axis: 0 is its beginning, 1 its end. */
export interface Scale {
  kind: 'linear' | 'log';
  at(value: number): number;
  ticks: number[];
}

/** From this ratio of the largest to the smallest value on, small ones would not be seen on a linear axis. */
const LOG_FROM = 12;

/**
 * A scale over positive values: linear from 0, or logarithmic where they lie far apart. `origin` is where bars begin,
 * if that is not the axis's beginning; it is kept inside.
 */
export function scaleFor(values: readonly number[], origin?: number): Scale {
  const all = [...values, ...(origin === undefined ? [] : [origin])].filter(value => value > 0);
  const [min, max] = [Math.min(...all, Number.MAX_VALUE), Math.max(...all, 0)];
  if (max === 0) return linear(1);
  return max / min >= LOG_FROM ? log(min, max, origin === undefined ? 0.5 : 0.1) : linear(max);
}

function linear(max: number): Scale {
  const step = niceStep(max / 4);
  const end = Math.ceil(max / step - 1e-9) * step;
  const count = Math.round(end / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { kind: 'linear', at: value => clamped(value / end), ticks };
}

/** Begins `room` decades below the smallest value, so that its bar is seen too. */
function log(min: number, max: number, room: number): Scale {
  const [from, to] = [Math.log10(min) - room, Math.log10(max) + 0.05];
  const factors = to - from < 2 ? [1, 2, 5] : [1];
  const decades = Array.from({ length: Math.ceil(to - from) + 2 }, (_, i) => 10 ** (Math.floor(from) + i));
  const marks = decades.flatMap(decade => factors.map(factor => Number((decade * factor).toPrecision(12))));
  const ticks = marks.filter(mark => Math.log10(mark) >= from && Math.log10(mark) <= to);
  return {
    kind: 'log',
    at: value => clamped((Math.log10(Math.max(value, 1e-9)) - from) / (to - from)),
    ticks,
  };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find(candidate => candidate * power >= rough - 1e-9) ?? 10;
  return factor * power;
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share));
}
