/**
 * Everything the shim uses of the language, captured before the script can change it. This function and the other
 * functions in this folder are evaluated inside the sealed instance from their own source text: they use nothing
 * but their parameters and the captured names, never a method looked up on a value.
 */
export function makePrimordials() {
  const { apply, ownKeys, getPrototypeOf, defineProperty } = Reflect;
  const uncurry =
    <T, A extends unknown[], R>(fn: (this: T, ...args: A) => R) =>
    (self: T, ...args: A): R =>
      apply(fn, self, args) as R;
  const getter = (holder: object, key: string): ((self: unknown) => unknown) => {
    const get = Reflect.getOwnPropertyDescriptor(holder, key)!.get!;
    return self => apply(get, self, []);
  };
  const NativeWeakMap = WeakMap;
  return {
    apply,
    ownKeys,
    getPrototypeOf,
    defineProperty,
    setPrototypeOf: Reflect.setPrototypeOf,
    preventExtensions: Reflect.preventExtensions,
    NativePromise: Promise,
    NativeProxy: Proxy,
    NativeError: Error,
    NativeTypeError: TypeError,
    NativeRegExp: RegExp,
    text: String,
    isArray: Array.isArray,
    isView: ArrayBuffer.isView,
    isInteger: Number.isSafeInteger,
    isFinite: Number.isFinite,
    toNumber: Number,
    create: Object.create,
    freeze: Object.freeze,
    keys: Object.keys,
    hasOwn: Object.hasOwn,
    parse: JSON.parse,
    stringify: JSON.stringify,
    chain: uncurry(Promise.prototype.then) as (
      self: Promise<unknown>,
      ok?: (value: unknown) => unknown,
      bad?: (error: unknown) => unknown,
    ) => Promise<unknown>,
    slice: uncurry(String.prototype.slice),
    inherits: uncurry(Object.prototype.isPrototypeOf) as (self: object, value: unknown) => boolean,
    mapEach: uncurry(Map.prototype.forEach) as (
      self: unknown,
      each: (value: unknown, key: unknown) => void,
    ) => void,
    setEach: uncurry(Set.prototype.forEach) as (self: unknown, each: (value: unknown) => void) => void,
    isoDate: uncurry(Date.prototype.toISOString) as (self: unknown) => string,
    dateTime: uncurry(Date.prototype.getTime) as (self: unknown) => number,
    regexSource: getter(RegExp.prototype, 'source') as (self: unknown) => string,
    regexFlags: getter(RegExp.prototype, 'flags') as (self: unknown) => string,
    ignoresCase: getter(RegExp.prototype, 'ignoreCase') as (self: unknown) => boolean,
    symbolText: uncurry(Symbol.prototype.toString) as (self: unknown) => string,
    weakGet: uncurry(WeakMap.prototype.get) as (self: object, key: object) => unknown,
    weakSet: uncurry(WeakMap.prototype.set) as (self: object, key: object, value: unknown) => unknown,
    newWeakMap: () => new NativeWeakMap(),
    protoOf: {
      object: Object.prototype as object,
      array: Array.prototype as object,
      error: Error.prototype as object,
      map: Map.prototype as object,
      set: Set.prototype as object,
      date: Date.prototype as object,
      regex: RegExp.prototype as object,
      promise: Promise.prototype as object,
    },
  };
}

export type Primordials = ReturnType<typeof makePrimordials>;
