import type { makeClosing } from './closing.ts';
import type { makePlain, Awaited as Slot } from './plain.ts';
import type { Primordials } from './primordials.ts';
import type { makeSecrets } from './secrets.ts';

/** What the worker gives the instance: plain functions over strings and numbers. */
export interface GuestHost {
  /** Starts a call. Throws when the script may make no more calls. */
  call(id: number, name: string, args: string, stack: string): void;
  log(level: string, text: string): void;
  /** The nearest capability name for one that does not exist, or ''. */
  nearest(name: string): string;
  /**
   * The script is over: `ok` with JSON text (or undefined), else the facts of the error as JSON text. `unawaited` is
   * a JSON list of the calls that nobody looked at. `closing`: the script returned `finish(text)`, and `text` is that.
   */
  finish(ok: boolean, text: string | undefined, unawaited: string, closing: boolean): void;
}

/** What the worker calls on the instance. Held by the worker only; the script cannot reach it. */
export interface GuestControl {
  start(script: () => Promise<unknown>, maxResultCharacters: number): void;
  settle(id: number, ok: boolean, payload: string, hasSecrets: boolean): void;
}

/**
 * Builds the script's globals around the one host primitive and runs the script. Runs inside the instance (see
 * primordials.ts); everything it does later uses captured functions only.
 */
export function makeShim(
  p: Primordials,
  plainFactory: typeof makePlain,
  secretsFactory: typeof makeSecrets,
  closingFactory: typeof makeClosing,
  host: GuestHost,
  names: string[],
): GuestControl {
  interface Pending {
    resolve(value: unknown): void;
    reject(error: unknown): void;
    stack: string;
    name: string;
  }
  const pending = p.create(null) as Record<number, Pending>;
  const unseen = p.create(null) as Record<number, true>;
  const origins = p.newWeakMap();
  let nextId = 1;
  let maxResultCharacters = 0;

  function mark<E extends object>(error: E, origin: object): E {
    p.weakSet(origins, error, origin);
    return error;
  }
  const fail = (message: string, limit = false) =>
    limit
      ? mark(new p.NativeError(message), { __proto__: null, limit: true })
      : new p.NativeTypeError(message);
  const plain = plainFactory(p, fail);
  const revive = secretsFactory(p, (name, args) => call(name, args));
  const closing = closingFactory(p, fail);

  // Call sites come from Error().stack: the script must not be able to rewrite stacks.
  p.NativeError.stackTraceLimit = 20;
  fix(p.NativeError, 'prepareStackTrace', undefined);
  p.defineProperty(p.NativeError, 'stackTraceLimit', { value: 20, writable: true } as PropertyDescriptor);

  // The engine's own JSON code runs setters and toJSON that are added here; replacing what exists stays possible.
  p.preventExtensions(p.protoOf.array);
  p.preventExtensions(p.protoOf.object);

  function fix(holder: object, key: PropertyKey, value: unknown, enumerable = false): void {
    p.defineProperty(holder, key, { __proto__: null, value, enumerable } as PropertyDescriptor);
  }

  function call(name: string, args: unknown): Promise<unknown> {
    const stack = new p.NativeError().stack ?? '';
    const id = nextId++;
    host.call(id, name, argsText(name, args), stack);
    unseen[id] = true;
    const promise = new p.NativePromise((resolve, reject) => {
      pending[id] = { resolve, reject, stack, name };
    });
    // Without a constructor of its own, `await` and `Promise.all` go through `then`, which shows that somebody looks.
    fix(promise, 'constructor', undefined);
    fix(promise, 'then', (ok: never, bad: never) => {
      delete unseen[id];
      return p.chain(promise, ok, bad);
    });
    return promise;
  }

  function argsText(name: string, args: unknown): string {
    if (args === undefined) return '{}';
    if (typeof args !== 'object' || args === null || p.isArray(args)) {
      throw fail(`${name} takes one object with named parameters, as in ${name}({ … }).`);
    }
    try {
      const room = maxResultCharacters;
      return p.stringify(plain(args, { mode: 'args', room, promises: [] }, 'params'));
    } catch (error) {
      throw fail(`${name}: ${(error as Error).message || 'the parameters are too large.'}`);
    }
  }

  function settle(id: number, ok: boolean, payload: string, hasSecrets: boolean): void {
    const waiting = pending[id];
    if (!waiting) return;
    delete pending[id];
    try {
      if (ok) {
        const value = p.parse(payload);
        waiting.resolve(hasSecrets ? revive(value) : value);
      } else waiting.reject(callError(id, waiting, p.parse(payload)));
    } catch {
      waiting.reject(new p.NativeError(`${waiting.name} answered with text that is not JSON.`));
    }
  }

  function callError(id: number, from: Pending, failure: Record<string, unknown>): Error {
    const error = new p.NativeError(p.text(failure.message));
    const facts = p.parse(p.text(failure.facts)) as Record<string, unknown>;
    const keys = p.keys(facts);
    for (let i = 0; i < keys.length; i++) fix(error, keys[i]!, facts[keys[i]!], true);
    fix(error, 'name', failure.name);
    fix(error, 'call', from.name, true);
    // The promise is rejected from outside, where no script is on the stack: the call's own place is what helps.
    fix(error, 'stack', from.stack);
    mark(error, { __proto__: null, id, name: from.name, limit: failure.limit !== undefined });
    return error;
  }

  // --- globals

  const text = (values: unknown[]) => {
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + show(values[i]);
    return line;
  };
  function show(value: unknown): string {
    if (typeof value === 'string') return value;
    if (value === undefined) return 'undefined';
    if (typeof value === 'object' && value !== null) {
      if (p.inherits(p.protoOf.error, value)) return errorLine(value as Error);
      if (p.inherits(p.protoOf.promise, value)) return '[Promise: await it to see its value]';
    }
    try {
      const shown = plain(value, { mode: 'console', room: 20_000, promises: [] }, 'value');
      return typeof shown === 'string' ? shown : p.stringify(shown);
    } catch {
      return '[too large to print]';
    }
  }
  function errorLine(error: Error): string {
    try {
      return `${p.text(error.name)}: ${p.text(error.message)}`;
    } catch {
      return '[unprintable error]';
    }
  }
  const logger =
    (level: string) =>
    (...values: unknown[]) =>
      host.log(level, text(values));
  const console = p.create(null) as Record<string, unknown>;
  console.log = console.info = console.debug = console.table = console.dir = logger('log');
  console.warn = logger('warn');
  console.error = console.trace = logger('error');
  expose('console', p.freeze(console));
  expose('print', logger('log'));
  expose('finish', p.freeze(closing.finish));
  expose('report', p.freeze(closing.report));
  expose('sleep', (ms: unknown) => call('sleep', { ms: p.toNumber(ms) }));

  /** Writable only by redeclaring: a script may name a variable `state`, but not replace the global. */
  function expose(name: string, value: unknown): void {
    p.defineProperty(globalThis, name, { __proto__: null, value } as PropertyDescriptor);
  }

  interface Family {
    members: Record<string, unknown>;
    families: Record<string, Family>;
  }
  const newFamily = (): Family => ({
    members: p.create(null) as Record<string, unknown>,
    families: p.create(null) as Record<string, Family>,
  });

  function capability(name: string): unknown {
    return p.freeze((...given: unknown[]) => {
      if (given.length > 1)
        throw fail(`${name} takes one object with named parameters, as in ${name}({ … }).`);
      return call(name, given[0]);
    });
  }

  /** A family of capabilities; asking for one that does not exist says which does. */
  function guarded(path: string, family: Family): unknown {
    const inner = p.keys(family.families);
    for (let i = 0; i < inner.length; i++) {
      family.members[inner[i]!] = guarded(`${path}.${inner[i]}`, family.families[inner[i]!]!);
    }
    return new p.NativeProxy(p.freeze(family.members), {
      __proto__: null,
      get(target: object, key: string | symbol) {
        if (p.hasOwn(target, key)) return (target as Record<string | symbol, unknown>)[key];
        // What the language itself asks of any value: is it a promise, has it a JSON form?
        if (typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key === 'constructor')
          return undefined;
        const name = `${path}.${key}`;
        const near = host.nearest(name);
        const error = fail(`${name} does not exist.${near === '' ? '' : ` Did you mean ${near}?`}`);
        throw mark(error, { __proto__: null, unknownMember: name });
      },
    } as ProxyHandler<object>);
  }

  const root = newFamily();
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    let family = root;
    let from = 0;
    for (let at = 0; at < name.length; at++) {
      if (name[at] !== '.') continue;
      const step = p.slice(name, from, at);
      family = family.families[step] ??= newFamily();
      from = at + 1;
    }
    const last = p.slice(name, from);
    if (family !== root) family.members[last] = capability(name);
    else if (last !== 'sleep') expose(last, capability(name));
  }
  const families = p.keys(root.families);
  for (let i = 0; i < families.length; i++)
    expose(families[i]!, guarded(families[i]!, root.families[families[i]!]!));
  delete (globalThis as { performance?: unknown }).performance;

  // --- the script

  function start(script: () => Promise<unknown>, maxCharacters: number): void {
    maxResultCharacters = maxCharacters;
    p.chain(script(), conclude, crash);
  }

  /** Waits for promises inside the result, one level after the other, then hands it over. */
  function conclude(value: unknown): void {
    try {
      const ending = closing.endingOf(value);
      if (ending !== undefined) {
        host.finish(true, p.stringify(ending), unseenCalls(), true);
        return;
      }
      const promises: Slot[] = [];
      p.setPrototypeOf(promises, null);
      const run = { mode: 'result' as const, room: maxResultCharacters, promises };
      const box = p.create(null) as Record<string, unknown>;
      box.value = plain(value, run, 'result');
      let next = 0;
      const settleNext = (): void => {
        const slot = promises[next++];
        if (slot === undefined) {
          host.finish(true, p.stringify(box.value), unseenCalls(), false);
          return;
        }
        const fill = (inner: unknown) => {
          try {
            slot.holder[slot.key] = plain(inner, run, slot.path) ?? null;
            settleNext();
          } catch (error) {
            crash(error);
          }
        };
        // Through the promise's own `then`, so that it counts as looked at.
        p.apply(slot.promise.then as never, slot.promise, [fill, crash]);
      };
      settleNext();
    } catch (error) {
      crash(error);
    }
  }

  /** Without a prototype, as everything that is made into JSON: a tampered `toJSON` must not be asked. */
  function unseenCalls(): string {
    const ids = p.keys(unseen);
    p.setPrototypeOf(ids, null);
    return p.stringify(ids);
  }

  function crash(error: unknown): void {
    host.finish(false, p.stringify(factsOf(error)), unseenCalls(), false);
  }

  function factsOf(error: unknown): Record<string, unknown> {
    const facts = p.create(null) as Record<string, unknown>;
    if (typeof error !== 'object' || error === null) {
      facts.message = error === null ? 'null' : show(error);
      facts.thrown = error === null ? 'null' : typeof error;
      return facts;
    }
    facts.origin = p.weakGet(origins, error);
    try {
      const fields = error as { name?: unknown; message?: unknown; stack?: unknown };
      facts.name = p.slice(p.text(fields.name), 0, 100);
      facts.message = p.slice(p.text(fields.message), 0, 8000);
      facts.stack = p.slice(p.text(fields.stack), 0, 8000);
      if (!p.inherits(p.protoOf.error, error)) facts.message = p.slice(show(error), 0, 8000);
    } catch {
      facts.message = 'an error that cannot be read';
    }
    return facts;
  }

  return { start, settle };
}
