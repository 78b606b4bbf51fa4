import { formatLatency } from '../../shared/figures.ts';

/** Nanoseconds as milliseconds with six significant figures: enough for 5.91 µs and for 8,665.57 ms. */
export function msOf(nanoseconds: number): number {
  return Number((nanoseconds / 1e6).toPrecision(6));
}

/** Nanoseconds for people: `5.91 µs`, `70.8 ms`, `8.67 s`. */
export function timeText(nanoseconds: number): string {
  return nanoseconds < 1e3 ? `${Math.round(nanoseconds)} ns` : formatLatency(nanoseconds / 1e6);
}

/** A share of one as `83 %`; nothing that is there is called 0 %. */
export function percentText(share: number): string {
  if (share > 0 && share < 0.01) return 'under 1 %';
  return `${Math.round(share * 100)} %`;
}

export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${Number((bytes / 1000 ** at).toPrecision(3))} ${units[at]}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
