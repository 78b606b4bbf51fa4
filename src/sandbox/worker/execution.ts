import type { QuickJSHandle } from 'quickjs-emscripten-core';
import { isRecord } from '../../shared/json.ts';
import { nearest } from '../../shared/nearest.ts';
import { formatBytes } from '../../shared/text.ts';
import type { CpuClock } from '../cpu-clock.ts';
import { cpuLimitMessage } from '../limit-messages.ts';
import type { HostCallRequest, SandboxLimits } from '../port.ts';
import { HEADER_LINES, prepareScript } from '../prepare.ts';
import type { FromWorker, RawScriptError, ScriptEnd, ToWorker } from '../protocol.ts';
import { classifyGuestError, classifyHostError } from './classify.ts';
import { type Insertion, withImplicitReturn } from './implicit-return.ts';
import { type Instance, type PreparedInstance, SCRIPT_FILE } from './instance.ts';
import { type Place, placeInStack } from './place.ts';
import { stripTypes } from './strip.ts';

/** Bytes of console room that a line takes beside its text. */
const LINE_COST = 32;
/** A script that goes on computing after it made calls does not hold them back longer than this. */
const CALLS_WAIT_MS = 5;
/** How many queued promise jobs run between two looks at the CPU clock. */
const JOBS_PER_CHUNK = 256;

export interface ExecutionDeps {
  post(message: FromWorker): void;
  clock: CpuClock;
  catalogNames: string[];
}

/** One script in one instance. All its code runs inside `slice`, which keeps the CPU clock and catches every end. */
export class Execution {
  readonly #prepared: PreparedInstance;
  readonly #instance: Instance;
  readonly #limits: SandboxLimits;
  readonly #deps: ExecutionDeps;
  #inserted: Insertion | undefined;
  #calls = new Map<number, { name: string; place: Place | undefined }>();
  #outstanding = 0;
  /** Made in this slice and not sent yet. */
  #made: HostCallRequest[] = [];
  #madeAt = 0;
  /** The call whose answer the script is working on. */
  #after = 0;
  #console = 0;
  #argumentBytes = 0;
  #end: ScriptEnd | undefined;

  constructor(prepared: PreparedInstance, limits: SandboxLimits, deps: ExecutionDeps) {
    this.#prepared = prepared;
    this.#instance = prepared.instance;
    this.#limits = limits;
    this.#deps = deps;
    this.#instance.runtime.setInterruptHandler(() => {
      if (performance.now() - this.#madeAt > CALLS_WAIT_MS) this.#sendCalls();
      return this.#end !== undefined || this.#overCpu();
    });
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  start(code: string): void {
    this.#slice(() => {
      const prepared = prepareScript(code);
      const stripped = stripTypes(prepared.wrapped);
      if ('error' in stripped) {
        this.#fail(stripped.error);
        return;
      }
      const script = this.#compile(stripped.code);
      if (!script) return;
      this.#connect();
      this.#prepared.control.start(script, this.#limits.maxResultBytesPerCall);
    });
  }

  settle(message: Extract<ToWorker, { type: 'settle' }>): void {
    if (this.#end) return;
    this.#outstanding -= 1;
    this.#after = message.id;
    this.#slice(() => {
      const payload = message.ok ? message.json : JSON.stringify(message.error);
      this.#prepared.control.settle(
        message.id,
        message.ok,
        payload,
        message.ok && payload.includes('"$secret"'),
      );
    });
  }

  #slice(work: () => void): void {
    const { clock } = this.#deps;
    clock.begin();
    try {
      work();
      this.#drain();
      if (!this.#end && this.#outstanding === 0) {
        this.#fail({
          name: 'DeadlockError',
          message:
            'The script can never finish: it awaits a promise that nothing will settle (no call and no sleep is under way).',
        });
      }
    } catch (error) {
      if (!this.#end) this.#fail(this.#broken(error), false);
    } finally {
      clock.end();
    }
    this.#sendCalls();
    if (this.#end) this.#deps.post({ type: 'done', end: { ...this.#end, cpuMs: clock.spentMs } });
  }

  #sendCalls(): void {
    const calls = this.#made.splice(0);
    if (calls.length > 0) this.#deps.post({ type: 'calls', calls });
  }

  #drain(): void {
    const { runtime } = this.#instance;
    while (!this.#end && runtime.hasPendingJob()) {
      const done = runtime.executePendingJobs(JOBS_PER_CHUNK);
      if (this.#end) return;
      if (this.#overCpu()) break;
      if (done.error) {
        // A job that throws belongs to nobody (queueMicrotask); only the memory's end is the script's.
        if (this.#instance.outOfMemory) this.#fail(this.#broken(undefined), false);
        done.error.dispose();
      }
    }
    if (!this.#end && this.#overCpu()) this.#fail(this.#cpuError(), false);
  }

  #compile(code: string): QuickJSHandle | undefined {
    const lines = code.split('\n');
    const body = lines.slice(HEADER_LINES, -1).join('\n');
    const completed = withImplicitReturn(body, text => {
      const compiled = this.#compileBody(text);
      compiled?.dispose();
      return compiled !== undefined;
    });
    this.#inserted = completed.inserted;
    return this.#compileBody(completed.body, error => this.#fail(error));
  }

  /** A function from the body of a script; nothing runs. */
  #compileBody(body: string, onError?: (error: RawScriptError) => void): QuickJSHandle | undefined {
    const { context } = this.#instance;
    const text = `(async function $script() {\n${body}\n})`;
    const compiled = context.evalCode(text, SCRIPT_FILE, { strict: true });
    if (!compiled.error) return compiled.value;
    if (onError) {
      const facts: unknown = context.dump(compiled.error);
      const message = isRecord(facts) ? String(facts.message) : String(facts);
      onError({ name: 'SyntaxError', message, ...this.#placeOf(isRecord(facts) ? String(facts.stack) : '') });
    }
    compiled.error.dispose();
    return undefined;
  }

  #connect(): void {
    this.#prepared.host = {
      call: (id, name, args, stack) => this.#call(id, name, args, stack),
      log: (level, text) => this.#log(level, text),
      nearest: name => nearest(name, this.#deps.catalogNames, 1)[0] ?? '',
      finish: (ok, text, unawaited, closing) => this.#finish(ok, text, unawaited, closing),
    };
  }

  #call(id: number, name: string, args: string, stack: string): void {
    const place = this.#placeOf(stack);
    if (this.#calls.size >= this.#limits.maxCalls) {
      this.#fail({
        name: 'CallLimitError',
        message: `The script made more than ${this.#limits.maxCalls} calls. Fetch more with each call (lists, label selectors) instead of one object at a time.`,
        call: { id, name },
        ...place,
      });
      throw new Error('call limit reached');
    }
    this.#argumentBytes += Buffer.byteLength(args);
    if (this.#argumentBytes > this.#limits.maxResultBytesPerCall) {
      const room = formatBytes(this.#limits.maxResultBytesPerCall);
      this.#fail({
        name: 'ResultLimitError',
        message: `The script passed more than ${room} to its calls as parameters. Pass names and selectors instead of data.`,
        call: { id, name },
        ...place,
      });
      throw new Error('argument limit reached');
    }
    this.#calls.set(id, { name, place });
    this.#outstanding += 1;
    const { line = 1, column = 1 } = place;
    if (this.#made.length === 0) this.#madeAt = performance.now();
    this.#made.push({ id, name, args, line, column, after: this.#after });
  }

  #log(level: string, text: string): void {
    if (this.#end || this.#console > this.#limits.maxConsoleBytes) return;
    // A line costs its reader something even when it is empty.
    this.#console += Buffer.byteLength(text) + LINE_COST;
    const over = this.#console > this.#limits.maxConsoleBytes;
    const kept = over ? `[console output beyond ${this.#limits.maxConsoleBytes} bytes was dropped]` : text;
    const known = level === 'warn' || level === 'error' ? level : 'log';
    this.#deps.post({ type: 'console', level: over ? 'warn' : known, text: kept });
  }

  #finish(ok: boolean, text: string | undefined, unawaited: string, closing: boolean): void {
    if (this.#end) return;
    const ids: unknown = JSON.parse(unawaited);
    const lost = (Array.isArray(ids) ? ids : []).flatMap(id => {
      const call = this.#calls.get(Number(id));
      return call ? [{ name: call.name, line: call.place?.line ?? 1 }] : [];
    });
    const tooLarge = text !== undefined && Buffer.byteLength(text) > this.#limits.maxResultBytesPerCall;
    if (ok && !tooLarge) {
      this.#finishWith({ result: text, closing: closing || undefined, unawaited: lost }, true);
      return;
    }
    const facts: unknown = ok ? { origin: { limit: true } } : JSON.parse(text ?? '{}');
    const error = classifyGuestError(facts, {
      outOfMemory: this.#instance.outOfMemory,
      limits: this.#limits,
      placeOf: stack => this.#placeOf(stack),
    });
    this.#finishWith({ error, unawaited: lost }, error.name !== 'MemoryLimitError');
  }

  #fail(error: RawScriptError, reusable = true): void {
    if (!this.#end) this.#finishWith({ error, unawaited: [] }, reusable);
  }

  #finishWith(end: Pick<ScriptEnd, 'result' | 'closing' | 'error' | 'unawaited'>, reusable: boolean): void {
    this.#end = { ...end, reusable, cpuMs: 0, memoryBytes: this.#instance.memoryBytes };
  }

  #overCpu(): boolean {
    return this.#deps.clock.spentMs > this.#limits.cpuMs;
  }

  #cpuError(): RawScriptError {
    return { name: 'CpuLimitError', message: cpuLimitMessage(this.#limits) };
  }

  #broken(error: unknown): RawScriptError {
    if (this.#overCpu()) return this.#cpuError();
    return classifyHostError(error, this.#instance.outOfMemory, this.#limits);
  }

  #placeOf(stack: string): Place {
    return placeInStack(stack, this.#inserted);
  }
}
