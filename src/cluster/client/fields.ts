import { KvError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import type { KubeObject } from '../types.ts';

/** A set of paths as a tree; `undefined` below a key keeps everything there. */
export type Projection = Map<string, Projection | undefined>;

const STEP = /\.?([^.[\]'"\s]+)|\[\s*(?:'([^']*)'|"([^"]*)"|\d+|\*)\s*\]/gy;

/** What every selected object keeps, so that it can be named. */
const IDENTITY = ['apiVersion', 'kind', 'metadata.name', 'metadata.namespace'];

/**
 * Parses field paths: `status.containerStatuses.restartCount`; keys that hold dots in brackets,
 * `metadata.labels['app.kubernetes.io/name']`; `$.`, `.`, `[*]` and `[0]` of JSONPath are accepted, arrays always
 * mean every element. Rejects what is not a path.
 */
export function parseFields(fields: string[]): Projection {
  const root: Projection = new Map();
  for (const field of [...IDENTITY, ...fields]) {
    const path = parsePath(field);
    add(root, path);
    // A value without the name beside it says little, and nobody could tell that it is a password.
    if (path.at(-1) === 'value') for (const name of ['name', 'key']) add(root, [...path.slice(0, -1), name]);
  }
  return root;
}

function parsePath(field: string): string[] {
  const path = field
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^\$?\.?/, '');
  const keys: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const step = STEP.exec(path);
    if (!step) throw notAPath(field);
    const key = step[1] ?? step[2] ?? step[3];
    if (key !== undefined && key !== '*') keys.push(key);
  }
  if (keys.length === 0) throw notAPath(field);
  return keys;
}

function notAPath(field: string): KvError {
  return new KvError('failed', `${JSON.stringify(field)} is not a field path.`, {
    hint: "Write it like status.containerStatuses.restartCount or metadata.labels['app.kubernetes.io/name'].",
  });
}

function add(root: Projection, keys: string[]): void {
  let node = root;
  for (const [index, key] of keys.entries()) {
    if (node.has(key) && node.get(key) === undefined) return;
    if (index === keys.length - 1) {
      node.set(key, undefined);
      return;
    }
    const child = node.get(key) ?? new Map<string, Projection | undefined>();
    node.set(key, child);
    node = child;
  }
}

/** The object with only the projected paths; nesting stays, arrays are traversed, absent fields stay absent. */
export function project(object: KubeObject, projection: Projection): KubeObject {
  return pick(object, projection) as KubeObject;
}

function pick(value: unknown, projection: Projection): unknown {
  if (Array.isArray(value)) {
    const kept = value.map(item => pick(item, projection)).filter(item => item !== undefined);
    return kept.length > 0 || value.length === 0 ? kept : undefined;
  }
  if (!isRecord(value)) return undefined;
  let out: Record<string, unknown> | undefined;
  for (const [key, below] of projection) {
    if (!Object.hasOwn(value, key)) continue;
    const kept = below === undefined ? value[key] : pick(value[key], below);
    if (kept === undefined) continue;
    out ??= {};
    // Not an assignment: a key named __proto__ must stay data.
    if (key === '__proto__')
      Object.defineProperty(out, key, { value: kept, enumerable: true, configurable: true, writable: true });
    else out[key] = kept;
  }
  return out;
}
