import { isRecord } from '../../shared/json.ts';

/** A `LabelSelector` object as the text that list requests take: `app=web,tier in (a,b),!legacy`. */
export function selectorText(selector: unknown): string {
  if (!isRecord(selector)) return '';
  const parts: string[] = [];
  const labels = isRecord(selector.matchLabels) ? selector.matchLabels : {};
  for (const [key, value] of Object.entries(labels)) parts.push(`${key}=${String(value)}`);
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  for (const expression of expressions) {
    if (!isRecord(expression)) continue;
    const key = String(expression.key);
    const values = Array.isArray(expression.values) ? expression.values.join(',') : '';
    if (expression.operator === 'In') parts.push(`${key} in (${values})`);
    else if (expression.operator === 'NotIn') parts.push(`${key} notin (${values})`);
    else if (expression.operator === 'Exists') parts.push(key);
    else if (expression.operator === 'DoesNotExist') parts.push(`!${key}`);
  }
  return parts.join(',');
}

/** The plain map that Services and ReplicationControllers use. */
export function mapSelectorText(selector: unknown): string {
  if (!isRecord(selector)) return '';
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}
