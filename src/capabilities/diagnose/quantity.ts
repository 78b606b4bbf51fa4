import { quantity as parse } from '../quantity.ts';

/** A Kubernetes quantity as a plain number; NaN for what is none, so that no comparison with it holds. */
export function quantity(text: unknown): number {
  return parse(text) ?? Number.NaN;
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
