/** Tokens of a request by what they are for: see `RequestParts` of the agent. */
export interface Parts {
  system: number;
  declarations: number;
  scripts: number;
  results: number;
  history: number;
}

export const NO_PARTS: Parts = { system: 0, declarations: 0, scripts: 0, results: 0, history: 0 };

const KEYS = Object.keys(NO_PARTS) as ReadonlyArray<keyof Parts>;

/**
 * The parts in whole tokens, in the same proportions and with exactly `total` as their sum (largest remainders are
 * rounded up). Parts that are all zero count as history.
 */
export function scaleParts(parts: Parts, total: number): Parts {
  const sum = KEYS.reduce((all, key) => all + parts[key], 0);
  if (sum <= 0) return { ...NO_PARTS, history: total };
  const shares = KEYS.map(key => {
    const exact = (parts[key] / sum) * total;
    return { key, whole: Math.floor(exact), rest: exact - Math.floor(exact) };
  });
  const missing = total - shares.reduce((all, share) => all + share.whole, 0);
  const rounded = [...shares].sort((a, b) => b.rest - a.rest).slice(0, missing);
  const scaled = { ...NO_PARTS };
  for (const share of shares) scaled[share.key] = share.whole + (rounded.includes(share) ? 1 : 0);
  return scaled;
}

export function addParts(a: Parts, b: Parts): Parts {
  const sum = { ...NO_PARTS };
  for (const key of KEYS) sum[key] = a[key] + b[key];
  return sum;
}
