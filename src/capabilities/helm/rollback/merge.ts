import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../../shared/json.ts';
import { sameList, sameScalar, step } from '../drift/compare.ts';
import { keyOfList } from '../drift/lists.ts';

/**
 * What a live object becomes when a manifest replaces the one before it, as Helm's three-way merge decides: what
 * the new manifest says is set, what only the old one said is removed, everything else stays as it is live.
 */
export function threeWay(before: unknown, wanted: unknown, live: unknown, path = ''): unknown {
  if (Array.isArray(wanted)) return mergedList(before, wanted, live, path);
  if (!isRecord(wanted)) return live !== undefined && sameScalar(wanted, live) ? live : wanted;
  const out: Record<string, unknown> = isRecord(live) ? { ...live } : {};
  const old = isRecord(before) ? before : {};
  for (const key of Object.keys(old)) if (!Object.hasOwn(wanted, key)) delete out[key];
  for (const [key, value] of Object.entries(wanted)) {
    if (value === null) delete out[key];
    else out[key] = threeWay(old[key], value, out[key], `${path}${step(key)}`);
  }
  return out;
}

function mergedList(before: unknown, wanted: unknown[], live: unknown, path: string): unknown {
  if (!Array.isArray(live)) return wanted;
  const key = keyOfList(wanted, path);
  if (!key || !live.every(isRecord)) return sameList(wanted, live) ? live : wanted;
  const named = (items: unknown) =>
    new Map((Array.isArray(items) ? items : []).filter(isRecord).map(item => [key.name(item), item]));
  const target = named(wanted);
  const old = named(before);
  const there = named(live);
  const kept = live
    .filter(item => target.has(key.name(item)) || !old.has(key.name(item)))
    .map(item => {
      const name = key.name(item);
      const goal = target.get(name);
      return goal ? threeWay(old.get(name), goal, item, `${path}[${name}]`) : item;
    });
  return [...kept, ...[...target].filter(([name]) => !there.has(name)).map(([, item]) => item)];
}

/** The JSON merge patch (RFC 7386) that turns one object into the other; undefined when they are equal. */
export function mergePatch(from: unknown, to: unknown): unknown {
  if (isDeepStrictEqual(from, to)) return undefined;
  if (!isRecord(from) || !isRecord(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const change = mergePatch(from[key], value);
    if (change !== undefined) patch[key] = change;
  }
  return patch;
}
