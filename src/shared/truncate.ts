import { isRecord } from './json.ts';

/** One place where a value was shortened; `path` is written as a script would write it (`result.pods[3].log`). */
export interface Cut {
  path: string;
  kept: number;
  total: number;
  unit: 'items' | 'characters' | 'keys';
}

export interface CappedValue {
  value: unknown;
  cuts: Cut[];
}

interface Shape {
  items: number;
  characters: number;
  keys: number;
  depth: number;
}

const SHAPES: Shape[] = [
  { items: Number.POSITIVE_INFINITY, characters: 20_000, keys: Number.POSITIVE_INFINITY, depth: 40 },
  { items: 200, characters: 4_000, keys: 400, depth: 24 },
  { items: 60, characters: 1_500, keys: 120, depth: 16 },
  { items: 20, characters: 600, keys: 60, depth: 12 },
  { items: 8, characters: 240, keys: 30, depth: 8 },
  { items: 4, characters: 100, keys: 16, depth: 6 },
  { items: 2, characters: 60, keys: 8, depth: 4 },
];

/**
 * Shortens a JSON value by structure until its compact JSON is at most `maxCharacters` long: arrays keep head
 * and tail around a string that counts what is missing, long strings keep both ends, objects keep their first
 * keys. The same value is always cut the same way. `cuts` lists what was shortened, largest loss first.
 */
export function capValue(value: unknown, maxCharacters: number, root = 'result'): CappedValue {
  for (const [index, shape] of SHAPES.entries()) {
    const cuts: Cut[] = [];
    const capped = shorten(value, shape, root, 0, cuts);
    const size = JSON.stringify(capped)?.length ?? 0;
    if (size <= maxCharacters || index === SHAPES.length - 1) {
      cuts.sort((a, b) => b.total - b.kept - (a.total - a.kept));
      return size <= maxCharacters
        ? { value: capped, cuts }
        : { value: capText(JSON.stringify(capped), maxCharacters), cuts };
    }
  }
  throw new Error('unreachable: the last shape always returns');
}

/** Both ends of a long text around a note of how much is missing. */
export function capText(text: string, max: number): string {
  if (text.length <= max) return text;
  const note = ` …[${text.length - max} characters cut]… `;
  const room = Math.max(0, max - note.length);
  const head = Math.ceil(room * 0.6);
  return text.slice(0, head) + note + (room > head ? text.slice(text.length - (room - head)) : '');
}

function shorten(value: unknown, shape: Shape, path: string, depth: number, cuts: Cut[]): unknown {
  if (typeof value === 'string') {
    if (value.length <= shape.characters) return value;
    cuts.push({ path, kept: shape.characters, total: value.length, unit: 'characters' });
    return capText(value, shape.characters);
  }
  if (Array.isArray(value)) return shortenArray(value, shape, path, depth, cuts);
  if (isRecord(value)) return shortenObject(value, shape, path, depth, cuts);
  return value;
}

function shortenArray(items: unknown[], shape: Shape, path: string, depth: number, cuts: Cut[]): unknown {
  if (depth >= shape.depth) return `[${items.length} items]`;
  if (items.length <= shape.items) {
    return items.map((item, i) => shorten(item, shape, `${path}[${i}]`, depth + 1, cuts));
  }
  const head = Math.ceil(shape.items * 0.7);
  const tail = shape.items - head;
  cuts.push({ path, kept: shape.items, total: items.length, unit: 'items' });
  const keep = (from: number, to: number) =>
    items.slice(from, to).map((item, i) => shorten(item, shape, `${path}[${from + i}]`, depth + 1, cuts));
  return [
    ...keep(0, head),
    `…[${items.length - shape.items} of ${items.length} items cut]…`,
    ...keep(items.length - tail, items.length),
  ];
}

function shortenObject(
  object: Record<string, unknown>,
  shape: Shape,
  path: string,
  depth: number,
  cuts: Cut[],
): unknown {
  const keys = Object.keys(object);
  if (depth >= shape.depth) return `{${keys.length} keys}`;
  const kept = keys.slice(0, shape.keys);
  const out: Record<string, unknown> = {};
  for (const key of kept) {
    const step = /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    out[key] = shorten(object[key], shape, path + step, depth + 1, cuts);
  }
  if (kept.length < keys.length) {
    cuts.push({ path, kept: kept.length, total: keys.length, unit: 'keys' });
    out['…'] = `${keys.length - kept.length} of ${keys.length} keys cut`;
  }
  return out;
}
