import { isRecord } from '../../../shared/json.ts';
import { quantity } from '../../quantity.ts';
import { isWorthTelling } from './extras.ts';
import { keyOfList } from './lists.ts';

/** One place where a live object is not what was rendered; `path` as kubectl's jsonpath writes it. */
export interface Difference {
  path: string;
  change: 'changed' | 'removed' | 'added';
  /** What the chart rendered; absent for `added`. */
  rendered?: unknown;
  /** What the cluster has; absent for `removed`. */
  live?: unknown;
}

/**
 * Differences between what was rendered and what is live. Only what the chart says is compared, so defaults that
 * the server filled in are none; what is there beyond it counts where no server or controller puts it by itself.
 * Lists of named items (containers, env, ports, volumes) are compared by name, quantities by amount.
 */
export function differences(rendered: unknown, live: unknown, path = ''): Difference[] {
  if (rendered === null || rendered === undefined) return [];
  if (live === null || live === undefined) {
    return isEmpty(rendered) ? [] : [{ path, change: 'removed', rendered }];
  }
  if (Array.isArray(rendered)) return listDifferences(rendered, Array.isArray(live) ? live : [live], path);
  if (isRecord(rendered))
    return isRecord(live) ? fieldDifferences(rendered, live, path) : [changed(path, rendered, live)];
  return sameScalar(rendered, live) ? [] : [changed(path, rendered, live)];
}

function fieldDifferences(
  rendered: Record<string, unknown>,
  live: Record<string, unknown>,
  path: string,
): Difference[] {
  const told = Object.entries(rendered).flatMap(([key, value]) =>
    differences(value, live[key], `${path}${step(key)}`),
  );
  const beyond = Object.keys(live).filter(
    key => (rendered[key] === undefined || rendered[key] === null) && !isEmpty(live[key]),
  );
  const added = beyond
    .map((key): Difference => ({ path: `${path}${step(key)}`, change: 'added', live: live[key] }))
    .filter(isWorthTelling);
  return [...told, ...added];
}

function listDifferences(rendered: unknown[], live: unknown[], path: string): Difference[] {
  const key = keyOfList(rendered, path);
  if (key === undefined) return sameList(rendered, live) ? [] : [changed(path, rendered, live)];
  const nameOf = (item: unknown) => key.name(item as Record<string, unknown>);
  const there = new Map(live.filter(isRecord).map(item => [nameOf(item), item]));
  const wanted = new Set(rendered.map(nameOf));
  const told = rendered.flatMap(item =>
    differences(item, there.get(nameOf(item)), `${path}[${nameOf(item)}]`),
  );
  const added = [...there]
    .filter(([name]) => !wanted.has(name))
    .map(([name, item]): Difference => ({ path: `${path}[${name}]`, change: 'added', live: item }))
    .filter(isWorthTelling);
  return [...told, ...added];
}

/** Lists without names (args, finalizers): the same items in the same order, whatever was filled in besides. */
export function sameList(rendered: unknown[], live: unknown[]): boolean {
  return (
    rendered.length === live.length &&
    rendered.every((item, index) => differences(item, live[index]).every(found => found.change === 'added'))
  );
}

/** Numbers and booleans may have been quoted on one side, quantities written differently. */
export function sameScalar(rendered: unknown, live: unknown): boolean {
  if (String(rendered) === String(live)) return true;
  const [a, b] = [quantity(rendered), quantity(live)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function changed(path: string, rendered: unknown, live: unknown): Difference {
  return { path, change: 'changed', rendered, live };
}

/** What servers leave out: `{}`, `[]`, `''`, `false`, 0. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isEmpty);
}

/** One step of a path, as kubectl's jsonpath writes it. */
export function step(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? `.${key}` : `['${key}']`;
}
