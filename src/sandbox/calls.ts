import { KvError, messageOf } from '../shared/errors.ts';
import { formatBytes } from '../shared/text.ts';
import type { HostCall, HostCallRequest, SandboxLimits } from './port.ts';
import type { CallFailure, ToWorker } from './protocol.ts';

/** The host side of one script's calls: how many run at once, what they may bring in, what ends them. */
export class CallDesk {
  readonly #call: HostCall;
  readonly #limits: SandboxLimits;
  readonly #signal: AbortSignal;
  readonly #send: (message: ToWorker) => void;
  readonly #waiting: HostCallRequest[] = [];
  readonly #open = new Map<number, HostCallRequest>();
  #inFlight = 0;
  #bytes = 0;
  #made = 0;

  constructor(call: HostCall, limits: SandboxLimits, signal: AbortSignal, send: (message: ToWorker) => void) {
    this.#call = call;
    this.#limits = limits;
    this.#signal = signal;
    this.#send = send;
  }

  /** Calls made so far. */
  get made(): number {
    return this.#made;
  }

  /** Calls that have not been answered. */
  get open(): HostCallRequest[] {
    return [...this.#open.values()];
  }

  accept(request: HostCallRequest): void {
    this.#made += 1;
    this.#open.set(request.id, request);
    this.#waiting.push(request);
    this.#next();
  }

  #next(): void {
    while (this.#inFlight < this.#limits.maxConcurrentCalls && !this.#signal.aborted) {
      const request = this.#waiting.shift();
      if (!request) return;
      this.#inFlight += 1;
      void this.#perform(request).then(answer => {
        this.#inFlight -= 1;
        this.#open.delete(request.id);
        if (this.#signal.aborted) return;
        this.#send(answer);
        this.#next();
      });
    }
  }

  async #perform(request: HostCallRequest): Promise<ToWorker> {
    const { id, name } = request;
    try {
      const json = await this.#call(request, this.#signal);
      const tooLarge = this.#weigh(name, Buffer.byteLength(json));
      return tooLarge
        ? { type: 'settle', id, ok: false, error: tooLarge }
        : { type: 'settle', id, ok: true, json };
    } catch (error) {
      return { type: 'settle', id, ok: false, error: failureOf(error) };
    }
  }

  #weigh(name: string, bytes: number): CallFailure | undefined {
    const { maxResultBytesPerCall, maxResultBytesTotal } = this.#limits;
    if (bytes > maxResultBytesPerCall) {
      return limitFailure(
        `${name} returned ${formatBytes(bytes)}, more than the ${formatBytes(maxResultBytesPerCall)} that one call may bring in. Ask for less: fewer fields, a selector, a limit.`,
      );
    }
    this.#bytes += bytes;
    if (this.#bytes <= maxResultBytesTotal) return undefined;
    return limitFailure(
      `The script's calls brought in more than ${formatBytes(maxResultBytesTotal)} in all (${name} was the one too many). Ask for less: fewer fields, selectors, limits, host-side grep.`,
    );
  }
}

function limitFailure(message: string): CallFailure {
  return { name: 'ResultLimitError', message, facts: '{}', limit: 'ResultLimitError' };
}

/** An error as the script sees it: message and plain facts, never a host object. */
function failureOf(error: unknown): CallFailure {
  const name = error instanceof Error && error.name !== 'Error' ? error.name : 'CallError';
  return {
    name,
    message: messageOf(error),
    facts: JSON.stringify(error instanceof KvError ? plainFacts(error) : {}),
  };
}

function plainFacts(error: KvError): Record<string, unknown> {
  const taken = new Set(['name', 'message', 'stack', 'cause', 'call', 'constructor', '__proto__']);
  return Object.fromEntries(
    Object.entries(error.facts).filter(
      ([key, value]) => !taken.has(key) && ['string', 'number', 'boolean'].includes(typeof value),
    ),
  );
}
