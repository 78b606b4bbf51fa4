import type { KubeObject } from '../../../types.ts';

/** A cell as kubectl prints it. */
export type Cell = string | number | boolean;

/** `45s`, `3m20s`, `5h12m`, `3d4h`, `12d`: the way kubectl writes ages (apimachinery's HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 60 * 2) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 60 * 3) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return two(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
}

/** Time since an RFC 3339 timestamp. */
export function since(timestamp: unknown, now: number): string {
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now - at);
}

export function ageOf(object: KubeObject, now: number): string {
  return since(object.metadata.creationTimestamp, now);
}

export function orNone(text: unknown): string {
  return text === undefined || text === null || text === '' ? '<none>' : String(text);
}

export function joined(items: readonly unknown[] | undefined): string {
  return items && items.length > 0 ? items.join(',') : '<none>';
}

export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = (selector ?? {}) as {
    matchLabels?: Record<string, string>;
    matchExpressions?: Array<{ key: string; operator: string; values?: string[] }>;
  };
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) =>
    values?.length
      ? `${key} ${operator.toLowerCase()} (${values.join(',')})`
      : `${operator === 'DoesNotExist' ? '!' : ''}${key}`,
  );
  return joined([...labels, ...expressions]);
}

interface Template {
  spec?: { containers?: Array<{ name: string; image?: string }> };
}

export function containerNames(template: Template | undefined): string {
  return (template?.spec?.containers ?? []).map(container => container.name).join(',');
}

export function containerImages(template: Template | undefined): string {
  return (template?.spec?.containers ?? []).map(container => container.image ?? '').join(',');
}
