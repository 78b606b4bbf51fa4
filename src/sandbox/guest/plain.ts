import type { Primordials } from './primordials.ts';

/** How values become JSON. `args`: nothing may be lost, so what JSON cannot carry is an error. */
export type PlainMode = 'args' | 'result' | 'console';

/** A promise met inside a value, and where its value belongs. */
export interface Awaited {
  promise: Promise<unknown>;
  holder: Record<string, unknown>;
  key: string;
  path: string;
}

export interface PlainRun {
  mode: PlainMode;
  /** Characters left; the walk fails where they run out. */
  room: number;
  promises: Awaited[];
}

/**
 * Turns any value into one that JSON carries: Map and Set become object and array, errors name and message, dates
 * ISO text, big integers numbers or decimal text. Runs inside the instance (see primordials.ts).
 */
export function makePlain(p: Primordials, fail: (message: string, limit?: boolean) => Error) {
  const trail: object[] = [];
  const steps: string[] = [];
  // Without a prototype, a setter that a script puts on Array.prototype is never run.
  p.setPrototypeOf(trail, null);
  p.setPrototypeOf(steps, null);

  function plain(value: unknown, run: PlainRun, root: string): unknown {
    // A walk that was cut short by an error leaves its trail behind.
    trail.length = 0;
    steps.length = 0;
    return visit(value, run, root, 0);
  }

  function visit(value: unknown, run: PlainRun, step: string, depth: number): unknown {
    steps[depth] = step;
    run.room -= 8;
    if (run.room < 0) throw fail('', true);
    switch (typeof value) {
      case 'string':
        if (run.mode === 'console' && value.length > 2000) return `${p.slice(value, 0, 2000)}…`;
        run.room -= value.length;
        if (run.room < 0) throw fail('', true);
        return value;
      case 'number':
        if (p.isFinite(value)) return value;
        if (run.mode === 'args') throw fail(`${where(depth)} is ${value}, which JSON cannot carry.`);
        return run.mode === 'console' ? `${value}` : null;
      case 'bigint':
        return p.isInteger(p.toNumber(value)) ? p.toNumber(value) : `${value}`;
      case 'function':
        if (run.mode === 'args')
          throw fail(`${where(depth)} is a function; only plain values can be passed.`);
        return `[function ${value.name || 'anonymous'}]`;
      case 'symbol':
        return p.symbolText(value);
      case 'object':
        return value === null ? null : visitObject(value, run, depth);
      default:
        return value;
    }
  }

  function visitObject(value: object, run: PlainRun, depth: number): unknown {
    for (let i = 0; i < depth; i++) {
      if (trail[i] !== value) continue;
      if (run.mode === 'console') return '[circular]';
      throw fail(`${where(depth)} refers back to ${where(i)}; JSON cannot carry a cycle.`);
    }
    trail[depth] = value;
    if (p.isArray(value)) return visitArray(value, run, depth);
    const proto = p.getPrototypeOf(value);
    if (proto !== p.protoOf.object && proto !== null) {
      const special = visitSpecial(value, run, depth);
      if (special !== NOTHING) return special;
    }
    const out = p.create(null) as Record<string, unknown>;
    const keys = p.keys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      put(out, key, (value as Record<string, unknown>)[key], run, depth);
    }
    return out;
  }

  function visitArray(value: unknown[], run: PlainRun, depth: number): unknown {
    const out: unknown[] = [];
    p.setPrototypeOf(out, null);
    const holder = out as unknown as Record<string, unknown>;
    const shown = run.mode === 'console' && value.length > 100 ? 100 : value.length;
    for (let i = 0; i < shown; i++) {
      put(holder, `${i}`, value[i], run, depth);
      if (holder[i] === undefined) holder[i] = null;
    }
    if (shown < value.length) holder[shown] = `… ${value.length - shown} more`;
    return out;
  }

  /** Places one member; a promise leaves a gap that is filled once it is settled. */
  function put(
    holder: Record<string, unknown>,
    key: string,
    value: unknown,
    run: PlainRun,
    depth: number,
  ): void {
    run.room -= key.length + 4;
    if (typeof value === 'object' && value !== null && p.inherits(p.protoOf.promise, value)) {
      steps[depth + 1] = key;
      if (run.mode === 'args') throw fail(`${where(depth + 1)} is a Promise: await it first.`);
      if (run.mode === 'console') holder[key] = '[Promise: await it to see its value]';
      else {
        holder[key] = null;
        run.promises[run.promises.length] = {
          promise: value as Promise<unknown>,
          holder,
          key,
          path: where(depth + 1),
        };
      }
      return;
    }
    const member = visit(value, run, key, depth + 1);
    if (member !== undefined) holder[key] = member;
  }

  const NOTHING = p.freeze({});

  function visitSpecial(value: object, run: PlainRun, depth: number): unknown {
    const is = p.inherits;
    if (is(p.protoOf.error, value)) return errorText(value);
    if (is(p.protoOf.date, value)) return p.isFinite(p.dateTime(value)) ? p.isoDate(value) : null;
    if (is(p.protoOf.regex, value)) {
      if (run.mode === 'args') throw fail(`${where(depth)} is a RegExp: pass its source as a string.`);
      return `/${p.regexSource(value)}/${p.regexFlags(value)}`;
    }
    if (is(p.protoOf.map, value)) return visitMap(value, run, depth);
    if (is(p.protoOf.set, value)) {
      const items: unknown[] = [];
      p.setEach(value, item => {
        p.defineProperty(items, items.length, {
          __proto__: null,
          value: item,
          enumerable: true,
        } as PropertyDescriptor);
      });
      return visitArray(items, run, depth);
    }
    if (p.isView(value)) return visitArray(p.apply(listOf, value, []) as unknown[], run, depth);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return visit(p.apply(toJSON, value, []), run, steps[depth]!, depth + 1);
    return NOTHING;
  }

  /** Named fields and the entries of a Map with text keys; other Maps become pairs. */
  function visitMap(value: object, run: PlainRun, depth: number): unknown {
    const named = p.create(null) as Record<string, unknown>;
    const pairs: unknown[] = [];
    let simple = true;
    p.mapEach(value, (item, key) => {
      if (typeof key !== 'string' && typeof key !== 'number') simple = false;
      else named[key] = item;
      p.defineProperty(pairs, pairs.length, {
        __proto__: null,
        value: [key, item],
        enumerable: true,
      } as PropertyDescriptor);
    });
    if (!simple) return visitArray(pairs, run, depth);
    const out = p.create(null) as Record<string, unknown>;
    const keys = p.keys(named);
    for (let i = 0; i < keys.length; i++) put(out, keys[i]!, named[keys[i]!], run, depth);
    return out;
  }

  function errorText(error: { name?: unknown; message?: unknown }): unknown {
    const out = p.create(null) as Record<string, unknown>;
    out.name = p.text(error.name);
    out.message = p.text(error.message);
    return out;
  }

  function listOf(this: ArrayLike<unknown>): unknown[] {
    const out: unknown[] = [];
    p.setPrototypeOf(out, null);
    for (let i = 0; i < this.length; i++) out[i] = this[i];
    return out;
  }

  function where(depth: number): string {
    let path = steps[0]!;
    for (let i = 1; i <= depth; i++) {
      const step = steps[i]!;
      path += p.isArray(trail[i - 1]) ? `[${step}]` : `.${step}`;
    }
    return path;
  }

  return plain;
}
