import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../clock.ts';
import type { ExecResult, ExecTarget } from '../port.ts';
import {
  type ClusterInfo,
  readText,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from '../transport.ts';
import { type Answer, sendOnce } from './attempt.ts';
import { explainSlowCredentials } from './credential-errors.ts';
import { type Credentials, openCredentials } from './credentials.ts';
import { execInContainer } from './exec.ts';
import { type Destination, errorCode, explainConnection, explainTimeout } from './failure.ts';
import { type Connection, type KubeconfigOptions, resolveConnection } from './kubeconfig.ts';
import { TokenBucket } from './rate-limit.ts';
import {
  defaultRetryPolicy,
  type Failure,
  mayRetry,
  type RetryPolicy,
  retryAfterMs,
  retryDelay,
} from './retry.ts';
import { explainStatus, parseStatus } from './status.ts';

export interface LiveTransportOptions extends KubeconfigOptions {
  /** For the opening only; each request has its own. */
  signal: AbortSignal;
  /** Client-side rate limit; 50 requests a second with bursts of 100 unless given. */
  qps?: number;
  burst?: number;
  retry?: Partial<RetryPolicy>;
  clock?: Clock;
  random?: () => number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Credentials are applied anew this often, so that rotated tokens and certificates are picked up (client-go: 60 s). */
const CREDENTIALS_MS = 60_000;

/**
 * A Transport to a real API server. The kubeconfig is read at once (its faults reject here); the server is not
 * asked anything before the first request.
 *
 * @example
 * const transport = await createLiveTransport({ context: 'staging', signal });
 */
export async function createLiveTransport(options: LiveTransportOptions): Promise<Transport> {
  options.signal.throwIfAborted();
  const connection = await resolveConnection(options);
  return new LiveTransport(connection, options);
}

class LiveTransport implements Transport {
  readonly info: ClusterInfo;
  readonly #options: LiveTransportOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #policy: RetryPolicy;
  readonly #bucket: TokenBucket;
  readonly #closing = new AbortController();
  readonly #dispatchers = new Set<Dispatcher>();
  #connection: Connection;
  #credentials: Promise<Credentials> | undefined;
  #credentialsAt = 0;
  #renewing: Promise<void> | undefined;

  constructor(connection: Connection, options: LiveTransportOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#policy = { ...defaultRetryPolicy, ...options.retry };
    this.#bucket = new TokenBucket(options.qps ?? 50, options.burst ?? 100, this.#clock);
    this.info = {
      source: 'live',
      context: connection.context,
      server: connection.server,
      namespace: connection.namespace,
      user: connection.impersonate.user || connection.userName || undefined,
    };
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const attempt = new AbortController();
    const stop = () => attempt.abort(request.signal.reason);
    const cancelled = AbortSignal.any([request.signal, this.#closing.signal]);
    cancelled.throwIfAborted();
    cancelled.addEventListener('abort', stop);
    const deadline = new Deadline(timeoutMs, this.#clock, attempt);
    try {
      const answer = await this.#attempts(request, attempt.signal, deadline);
      return {
        status: answer.status,
        headers: answer.headers,
        body: this.#body(answer, cancelled, stop),
      };
    } catch (error) {
      cancelled.removeEventListener('abort', stop);
      cancelled.throwIfAborted();
      if (deadline.passed) throw this.#tooLate(timeoutMs, deadline);
      throw error;
    } finally {
      deadline.clear();
    }
  }

  exec(target: ExecTarget, signal: AbortSignal): Promise<ExecResult> {
    return execInContainer(target, {
      kubeConfig: async () => (await this.#current(signal)).kubeConfig,
      explain: error => explainConnection(error, this.#destination),
      // Asked without the upgrade, the server says in a Status what a refused WebSocket leaves unsaid.
      ask: path => this.request({ method: 'GET', path, signal }),
      signal: AbortSignal.any([signal, this.#closing.signal]),
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The connection to the cluster was closed.'));
    await Promise.all([...this.#dispatchers].map(dispatcher => dispatcher.destroy()));
  }

  get #destination(): Destination {
    const { context, server, source, proxy } = this.#connection;
    return { context, server, source, proxy };
  }

  /** Sends until an answer is good, the failure is final, or the deadline leaves no room for another wait. */
  async #attempts(request: TransportRequest, signal: AbortSignal, deadline: Deadline): Promise<Answer> {
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      await this.#bucket.take(signal);
      deadline.waitingFor = 'credentials';
      const credentials = await abortable(this.#current(signal), signal);
      deadline.waitingFor = 'server';
      const outcome = await this.#once(request, credentials, signal);
      if ('answer' in outcome) return outcome.answer;

      const { failure, error } = outcome;
      if (failure.type === 'status' && failure.statusCode === 401 && !renewed) {
        renewed = true;
        await this.#renew(credentials);
        attempt -= 1;
        continue;
      }
      if (attempt >= this.#policy.attempts || !mayRetry(request, failure)) throw error;
      const wait = retryDelay(this.#policy, attempt, failure, this.#random);
      if (wait >= deadline.remainingMs()) throw error;
      deadline.lastFailure = failure.type === 'status' ? `status ${failure.statusCode}` : failure.code;
      await this.#clock.sleep(wait, signal);
    }
  }

  async #once(
    request: TransportRequest,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<{ answer: Answer } | { failure: Failure; error: Error }> {
    let answer: Answer;
    let text: string;
    try {
      answer = await sendOnce(this.#connection.server, credentials, request, signal);
      if (answer.status >= 200 && answer.status < 300) return { answer };
      text = await readText(answer);
    } catch (error) {
      signal.throwIfAborted();
      const failure: Failure = { type: 'connection', code: errorCode(error) };
      return { failure, error: explainConnection(error, this.#destination) };
    }
    const status = parseStatus(answer.status, text);
    const failure: Failure = {
      type: 'status',
      statusCode: answer.status,
      status,
      retryAfterMs: retryAfterMs(answer.headers['retry-after'], status, Date.now()),
    };
    return { failure, error: explainStatus(answer.status, status, this.#destination) };
  }

  #tooLate(timeoutMs: number, deadline: Deadline): Error {
    if (deadline.waitingFor === 'server') {
      return explainTimeout(timeoutMs, this.#destination, deadline.lastFailure);
    }
    // The next request starts the plugin again instead of waiting for one that hangs.
    this.#credentials = undefined;
    return explainSlowCredentials(timeoutMs, this.#connection);
  }

  #current(signal: AbortSignal): Promise<Credentials> {
    signal.throwIfAborted();
    if (this.#clock.now() - this.#credentialsAt >= CREDENTIALS_MS) this.#refresh();
    return this.#credentials ?? this.#open();
  }

  #open(): Promise<Credentials> {
    const opening = openCredentials(this.#connection);
    this.#adopt(opening);
    return opening;
  }

  /** Applies authentication again; what has not changed keeps its connections. */
  #refresh(): void {
    const previous = this.#credentials;
    if (previous) this.#adopt(previous.then(credentials => credentials.reapply()));
  }

  #adopt(opening: Promise<Credentials>): void {
    this.#credentials = opening;
    this.#credentialsAt = this.#clock.now();
    opening.then(
      credentials => this.#dispatchers.add(credentials.dispatcher),
      () => {
        // A plugin that failed once may work at the next request.
        if (this.#credentials === opening) this.#credentials = undefined;
      },
    );
  }

  /** After a 401: the kubeconfig is read again (the user may have logged in since) and cached tokens are dropped. */
  #renew(refused: Credentials): Promise<void> {
    this.#renewing ??= (async () => {
      const current = await this.#credentials;
      if (current && current !== refused) return;
      this.#connection = await resolveConnection(this.#options);
      await this.#open();
    })().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async *#body(answer: Answer, cancelled: AbortSignal, stop: () => void): AsyncGenerator<Uint8Array> {
    try {
      yield* answer.body;
    } catch (error) {
      cancelled.throwIfAborted();
      throw explainConnection(error, this.#destination);
    } finally {
      cancelled.removeEventListener('abort', stop);
      answer.body.cancel();
    }
  }
}

/** Ends an attempt that has not answered in time; waits are measured on the injected clock. */
class Deadline {
  readonly #until: number;
  readonly #clock: Clock;
  readonly #done = new AbortController();
  passed = false;
  waitingFor: 'credentials' | 'server' = 'server';
  lastFailure: string | undefined;

  constructor(timeoutMs: number, clock: Clock, attempt: AbortController) {
    this.#clock = clock;
    this.#until = timeoutMs > 0 ? clock.now() + timeoutMs : Number.POSITIVE_INFINITY;
    if (timeoutMs <= 0) return;
    clock.sleep(timeoutMs, this.#done.signal).then(
      () => {
        this.passed = true;
        attempt.abort(new Error('deadline'));
      },
      () => undefined,
    );
  }

  remainingMs(): number {
    return this.#until - this.#clock.now();
  }

  clear(): void {
    this.#done.abort();
  }
}

/** Stops waiting for `promise` when the signal aborts (a credential plugin may hang). */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
