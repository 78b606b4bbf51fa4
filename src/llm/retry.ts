import { setTimeout as delay } from 'node:timers/promises';
import { ModelError } from './errors.ts';
import type { ModelEvent } from './port.ts';

/** Retries after the first try. */
export const MAX_RETRIES = 4;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 16_000;
/** A provider that asks for more patience than this is reported instead of waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Clock and dice, injected so that tests need no waiting. */
export interface RetryTools {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export const realRetryTools: RetryTools = {
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
  random: Math.random,
};

/** One failed try that may go better the next time; `error` is what the user sees when no try is left. */
export class TransientFailure extends Error {
  /** A few words for the `retry` event: `overloaded`, `rate limited`, `connection reset`. */
  readonly reason: string;
  readonly error: ModelError;
  /** What the provider asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, error: ModelError, retryAfterMs?: number) {
    super(reason, { cause: error });
    this.name = 'TransientFailure';
    this.reason = reason;
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Runs `attempt` until one ends well: a TransientFailure before anything was yielded is announced with `retry`
 * and tried again after an exponential backoff with jitter (or after the provider's Retry-After).
 */
export async function* withRetries(
  attempt: () => AsyncIterable<ModelEvent>,
  signal: AbortSignal,
  tools: RetryTools,
): AsyncGenerator<ModelEvent> {
  for (let tried = 1; ; tried++) {
    let yielded = false;
    try {
      for await (const event of attempt()) {
        yielded = true;
        yield event;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransientFailure)) throw error;
      const delayMs = error.retryAfterMs ?? backoff(tried, tools.random());
      if (yielded || tried > MAX_RETRIES || delayMs > LONGEST_RETRY_AFTER_MS) throw givenUp(error, tried);
      yield { type: 'retry', attempt: tried, delayMs, reason: error.reason };
      await tools.sleep(delayMs, signal);
    }
  }
}

function backoff(tried: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tried - 1));
  return Math.round(full * (0.5 + random / 2));
}

function givenUp(failure: TransientFailure, tried: number): ModelError {
  const { error } = failure;
  if (tried === 1) return error;
  return new ModelError(`${error.message.replace(/\.$/, '')} (tried ${tried} times).`, {
    hint: error.hint,
    facts: { ...error.facts, tried },
    cause: error,
  });
}
