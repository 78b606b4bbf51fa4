/** `950`, `12.4k`, `1.2M`. */
export function formatTokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(1)}M`;
}

/** `$0`, `$0.0031`, `$0.041`, `$1.20`. */
export function formatCost(usd: number): string {
  if (usd === 0) return '$0';
  return `$${usd.toFixed(usd < 0.01 ? 4 : usd < 0.1 ? 3 : 2)}`;
}

/** `0.8×`, `3.4×`, `12.7×`, `128×`. */
export function formatFactor(factor: number, times = '×'): string {
  return `${factor < 99.95 ? factor.toFixed(1) : Math.round(factor)}${times}`;
}

/** How something compares with tools mode, `factor` being how many times as much tools mode takes. */
export function comparedText(factor: number, times = '×'): string {
  if (factor >= 1.05) return `${formatFactor(factor, times)} less than tools`;
  if (factor <= 0.95) return `${formatFactor(1 / factor, times)} more than tools`;
  return 'as much as tools';
}

/** Milliseconds with three significant figures: `518 ns`, `5.91 µs`, `12.3 ms`, `8.67 s`. */
export function formatLatency(ms: number, micro = 'µs'): string {
  const [factor, unit] =
    ms >= 1000 ? [1e-3, 's'] : ms >= 1 || ms === 0 ? [1, 'ms'] : ms >= 1e-3 ? [1e3, micro] : [1e6, 'ns'];
  return `${Number((ms * factor).toPrecision(3))} ${unit}`;
}
