const UNITS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity (`250m`, `24Mi`, `1e3`) as a plain number; NaN for what is none. */
export function quantity(text: unknown): number {
  if (typeof text === 'number') return text;
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)((?:[numkMGTPE]|[KMGTPE]i)|)$/.exec(
    String(text ?? '').trim(),
  );
  if (!match) return Number.NaN;
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
}

/** A sum of quantities of one resource, for people: CPU in cores, memory in Mi or Gi, anything else as a number. */
export function quantityText(resource: string, value: number): string {
  if (resource === 'cpu') return value < 1 ? `${Math.round(value * 1000)}m` : String(round(value));
  if (/memory|storage|hugepages/.test(resource)) {
    return value >= 2 ** 30 ? `${round(value / 2 ** 30)}Gi` : `${round(value / 2 ** 20)}Mi`;
  }
  return String(round(value));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
