import type { CheckResult } from '../port.ts';
import { type PreparedScript, prepareScript } from '../prepare.ts';
import type { Checker, Complaint } from './checker.ts';
import { describeComplaints } from './messages.ts';
import { startTypeScript7 } from './typescript7.ts';

/** Longer than any honest script takes; a checker that needs more is given up and the script runs unchecked. */
const TIMEOUT_MS = 10_000;

export interface TypeCheck {
  warm(): void;
  check(code: string, signal: AbortSignal): Promise<CheckResult>;
  close(): Promise<void>;
}

export interface TypeCheckOptions {
  declarations: string;
  suggest?: (badName: string) => string | undefined;
  /** How a checker is started; TypeScript 7 unless said otherwise. */
  startChecker?: (declarations: string) => Promise<Checker>;
}

/** Checks one script after the other in a checker that is kept warm, replaced once when it breaks. */
export function createTypeCheck(options: TypeCheckOptions): TypeCheck {
  const start = options.startChecker ?? startTypeScript7;
  let checker: Promise<Checker> | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  const current = () => {
    // A check that fails because of closing must not start another checker for its second attempt.
    if (closed) throw new Error('the type checker is closed');
    checker ??= start(options.declarations);
    return checker;
  };
  const discard = async () => {
    const old = checker;
    checker = undefined;
    await (await old?.catch(() => undefined))?.close();
  };
  const attempt = async (text: string) => withTimeout((await current()).check(text), TIMEOUT_MS);
  const complaintsAbout = async (text: string): Promise<Complaint[]> => {
    try {
      return await attempt(text);
    } catch {
      await discard();
      try {
        return await attempt(text);
      } catch (error) {
        await discard();
        throw error;
      }
    }
  };

  async function check(code: string, signal: AbortSignal): Promise<CheckResult> {
    const startedAt = performance.now();
    const result = (
      message: string,
      found: CheckResult['diagnostics'],
      ok = found.length === 0,
    ): CheckResult => ({
      ok,
      message,
      diagnostics: found,
      durationMs: performance.now() - startedAt,
    });
    signal.throwIfAborted();
    if (closed) return result('', [], true);
    const prepared: PreparedScript = prepareScript(code);
    try {
      const complaints = await complaintsAbout(`${prepared.wrapped}\nexport {};\n`);
      const { message, diagnostics } = describeComplaints(prepared, complaints, options.suggest);
      return result(message, diagnostics);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return result(`The script was not type-checked: ${why}.`, [], true);
    }
  }

  return {
    warm() {
      if (checker) return;
      queue = queue.then(() => complaintsAbout('export {};')).catch(() => {});
    },
    check(code, signal) {
      const checked = queue.then(() => check(code, signal));
      queue = checked.catch(() => {});
      return abortable(checked, signal);
    },
    async close() {
      closed = true;
      await discard();
    },
  };
}

function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the type checker did not answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
