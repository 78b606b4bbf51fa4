import * as quickjsNg from '@jitl/quickjs-ng-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import { makeClosing } from '../guest/closing.ts';
import { makePlain } from '../guest/plain.ts';
import { makePrimordials } from '../guest/primordials.ts';
import { makeSecrets } from '../guest/secrets.ts';
import { type GuestHost, makeShim } from '../guest/shim.ts';

/** The package's types describe its CommonJS build; as an ES module the variant is the default export. */
const syncVariant = quickjsNg.default as unknown as QuickJSSyncVariant;

const PAGE = 64 * 1024;
/** What the build needs to start: 16 MB. */
const INITIAL_PAGES = 256;
/** QuickJS counts the C stack; the worker's own stack (see pool.ts) is several times larger. */
const STACK_BYTES = 512 * 1024;

/** The name of the script in stack traces; the shim has another. */
export const SCRIPT_FILE = 'script.ts';

/** One QuickJS runtime in WASM memory of its own. Never disposed after a failure: it is dropped as a whole. */
export interface Instance {
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  readonly memoryBytes: number;
  /** True once the capped memory could not grow as far as was asked. */
  readonly outOfMemory: boolean;
  readonly limitBytes: number;
}

/** Makes an instance whose whole memory, strings and typed arrays included, is capped. */
async function createInstance(wasm: WebAssembly.Module, limitBytes: number): Promise<Instance> {
  const maximum = Math.max(INITIAL_PAGES + 1, Math.ceil(limitBytes / PAGE));
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
  // Emscripten asks three times, each time for less; only the third refusal is the real one.
  let refused = 0;
  const grow = memory.grow.bind(memory);
  memory.grow = (pages: number) => {
    try {
      const before = grow(pages);
      refused = 0;
      return before;
    } catch (error) {
      refused += 1;
      throw error;
    }
  };
  // Emscripten would write its last words to the terminal.
  const silent: object = { print: () => {}, printErr: () => {} };
  const quickjs = await newQuickJSWASMModuleFromVariant(
    newVariant(syncVariant, {
      wasmModule: wasm,
      wasmMemory: memory,
      emscriptenModule: silent,
    }),
  );
  const runtime = quickjs.newRuntime();
  runtime.setMaxStackSize(STACK_BYTES);
  return {
    runtime,
    context: runtime.newContext(),
    limitBytes,
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
    get outOfMemory() {
      return refused >= 3;
    },
  };
}

const SHIM = `(call, log, nearest, finish, names) => {
const makePrimordials = ${makePrimordials.toString()};
return (${makeShim.toString()})(
  makePrimordials(), ${makePlain.toString()}, ${makeSecrets.toString()}, ${makeClosing.toString()},
  { call, log, nearest, finish }, JSON.parse(names));
}`;

/** The worker's two ways into a prepared instance. */
export interface Control {
  start(script: QuickJSHandle, maxResultCharacters: number): void;
  settle(id: number, ok: boolean, payload: string, hasSecrets: boolean): void;
}

/** An instance with its globals in place. `host` is set when it gets its script. */
export interface PreparedInstance {
  readonly instance: Instance;
  readonly control: Control;
  host: GuestHost | undefined;
}

/** Makes an instance ready ahead of its script, so that the script need not wait for that. */
export async function prepareInstance(
  wasm: WebAssembly.Module,
  limitBytes: number,
  names: string[],
): Promise<PreparedInstance> {
  const instance = await createInstance(wasm, limitBytes);
  const hostOf = () => {
    if (!prepared.host) throw new Error('no script runs yet');
    return prepared.host;
  };
  const relay: GuestHost = {
    call: (...args) => hostOf().call(...args),
    log: (...args) => hostOf().log(...args),
    nearest: name => hostOf().nearest(name),
    finish: (...args) => hostOf().finish(...args),
  };
  const prepared: PreparedInstance = {
    instance,
    control: installShim(instance, relay, names),
    host: undefined,
  };
  return prepared;
}

/** Evaluates the shim, the first code that the instance ever sees. */
function installShim(instance: Instance, host: GuestHost, names: string[]): Control {
  const { context } = instance;
  const factory = context.unwrapResult(context.evalCode(SHIM, 'kv', { strict: true }));
  const args = [
    context.newFunction('call', (id, name, text, stack) => {
      const get = (handle: QuickJSHandle) => context.getString(handle);
      host.call(context.getNumber(id!), get(name!), get(text!), get(stack!));
    }),
    context.newFunction('log', (level, text) => {
      host.log(context.getString(level!), context.getString(text!));
    }),
    context.newFunction('nearest', name => context.newString(host.nearest(context.getString(name!)))),
    context.newFunction('finish', (ok, text, unawaited, closing) => {
      const value = context.typeof(text!) === 'string' ? context.getString(text!) : undefined;
      host.finish(
        context.dump(ok!) === true,
        value,
        context.getString(unawaited!),
        context.dump(closing!) === true,
      );
    }),
    context.newString(JSON.stringify(names)),
  ];
  const control = context.unwrapResult(context.callFunction(factory, context.undefined, ...args));
  const start = context.getProp(control, 'start');
  const settle = context.getProp(control, 'settle');
  const enter = (target: QuickJSHandle, ...given: QuickJSHandle[]) => {
    const result = context.callFunction(target, context.undefined, ...given);
    for (const handle of given) if (handle !== context.true && handle !== context.false) handle.dispose();
    if (result.error) throw new GuestFailure(context.dump(result.error));
    result.value.dispose();
  };
  return {
    start: (script, maxResultCharacters) => enter(start, script, context.newNumber(maxResultCharacters)),
    settle: (id, ok, payload, hasSecrets) =>
      enter(
        settle,
        context.newNumber(id),
        ok ? context.true : context.false,
        context.newString(payload),
        hasSecrets ? context.true : context.false,
      ),
  };
}

/** Something was thrown out of the shim itself: the memory or the stack gave out inside it. */
export class GuestFailure extends Error {
  constructor(dumped: unknown) {
    super(
      typeof dumped === 'object' && dumped !== null && 'message' in dumped
        ? String(dumped.message)
        : String(dumped),
    );
    this.name = 'GuestFailure';
  }
}
