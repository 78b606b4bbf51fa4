import { isRecord } from '../../../shared/json.ts';
import { mergeKeyOf } from './list-keys.ts';

const DIRECTIVE = /^\$(patch|retainKeys|deleteFromPrimitiveList|setElementOrder)(?:$|\/)/;

/**
 * Strategic merge patch as the API server applies it to built-in kinds: objects merge, lists with a merge key
 * merge item by item, and the directives `$patch: delete|replace|merge`, `$retainKeys`,
 * `$deleteFromPrimitiveList/FIELD` and `$setElementOrder/FIELD` hold
 * (kubernetes/community, contributors/devel/sig-api-machinery/strategic-merge-patch.md).
 */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  if (patch['$patch'] === 'delete') return {};
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) {
    for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__' || DIRECTIVE.test(key)) continue;
    if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(key, result[key], value);
    else result[key] = strategicMerge(result[key], value);
  }
  for (const [key, value] of Object.entries(patch)) {
    const [directive, field] = key.split('/');
    if (!field || !Array.isArray(value) || !Array.isArray(result[field])) continue;
    if (directive === '$deleteFromPrimitiveList') {
      result[field] = (result[field] as unknown[]).filter(item => !value.includes(item));
    }
    if (directive === '$setElementOrder') result[field] = ordered(field, result[field] as unknown[], value);
  }
  return result;
}

function mergeList(field: string, target: unknown, patch: unknown[]): unknown[] {
  const replaces = patch.some(item => isRecord(item) && item['$patch'] === 'replace');
  const plain = patch.filter(item => !(isRecord(item) && item['$patch'] === 'replace'));
  const current = Array.isArray(target) ? target : [];
  const key = mergeKeyOf(field, [...plain, ...current]);
  if (replaces || key === undefined) return plain.map(withoutDirectives);
  if (key === true) return [...new Set([...current, ...plain])];
  const result = [...current];
  for (const item of plain) {
    if (!isRecord(item)) continue;
    const at = result.findIndex(known => isRecord(known) && known[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = strategicMerge(result[at], item);
    else result.push(withoutDirectives(item));
  }
  return result;
}

/** Items named in `order` come in that order; the others stay behind the item they followed. */
function ordered(field: string, items: unknown[], order: unknown[]): unknown[] {
  const key = mergeKeyOf(field, [...items, ...order]);
  const idOf = (item: unknown) => (typeof key === 'string' && isRecord(item) ? item[key] : item);
  const ids = order.map(idOf);
  const named = items.filter(item => ids.includes(idOf(item)));
  named.sort((a, b) => ids.indexOf(idOf(a)) - ids.indexOf(idOf(b)));
  return items.map(item => (ids.includes(idOf(item)) ? named.shift() : item));
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => key !== '__proto__' && !DIRECTIVE.test(key) && inner !== null,
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutDirectives(inner)]));
}
