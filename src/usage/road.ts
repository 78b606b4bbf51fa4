import { cacheMinimum } from './cache-minimum.ts';
import { type PriceTable, priceOf, ratesFor } from './prices.ts';

/**
 * A conversation of requests that each carry all that was said before, added up. The same requests are counted
 * twice over: as if nothing was cached, and as if each read its predecessor's prompt from the cache and wrote
 * what is new.
 */
export interface Road {
  readonly requests: number;
  /** Prompt tokens of all requests together. */
  readonly input: number;
  readonly output: number;
  /** Prompt tokens of the largest request: it has to fit into the model's window. */
  readonly largest: number;
  /** The prompt tokens again, as caching splits them; their sum is `input`. */
  readonly cached: { readonly input: number; readonly cacheRead: number; readonly cacheWrite: number };
  /** Without caching. undefined as soon as one request's price is unknown. */
  readonly costUsd: number | undefined;
  readonly cachedCostUsd: number | undefined;
  /** Tokens of the conversation so far, system prompt and tools left out. */
  readonly conversation: number;
  /** Prefix that the next request finds in the cache. */
  readonly prefix: number;
}

export const NO_ROAD: Road = {
  requests: 0,
  input: 0,
  output: 0,
  largest: 0,
  cached: { input: 0, cacheRead: 0, cacheWrite: 0 },
  costUsd: 0,
  cachedCostUsd: 0,
  conversation: 0,
  prefix: 0,
};

/** What all requests of one question have in common. */
export interface Sender {
  /** System prompt and tools. */
  base: number;
  model: { provider: string; id: string };
  prices: PriceTable;
}

/** More conversation, without a request: a question, or an answer that nothing follows. */
export function say(road: Road, tokens: number): Road {
  return { ...road, conversation: road.conversation + tokens };
}

/** The system prompt, the tools or the model are others than before: nothing of them is in the cache. */
export function forgetPrefix(road: Road): Road {
  return { ...road, prefix: 0 };
}

/** One more request with everything so far; the model answers with `output` tokens. */
export function send(road: Road, sender: Sender, output: number): Road {
  const prompt = sender.base + road.conversation;
  const cacheable = prompt >= cacheMinimum(sender.model);
  const cacheRead = cacheable ? Math.min(road.prefix, prompt) : 0;
  const fresh = prompt - cacheRead;
  const split = { input: cacheable ? 0 : fresh, cacheRead, cacheWrite: cacheable ? fresh : 0 };
  const price = priceOf(sender.model, sender.prices);
  const rates = price && ratesFor(price, prompt);
  const plainCost = rates && (prompt * rates.input + output * rates.output) / 1e6;
  const cachedCost =
    rates &&
    (split.input * rates.input +
      split.cacheRead * rates.cacheRead +
      split.cacheWrite * rates.cacheWrite +
      output * rates.output) /
      1e6;
  return {
    requests: road.requests + 1,
    input: road.input + prompt,
    output: road.output + output,
    largest: Math.max(road.largest, prompt),
    cached: {
      input: road.cached.input + split.input,
      cacheRead: road.cached.cacheRead + split.cacheRead,
      cacheWrite: road.cached.cacheWrite + split.cacheWrite,
    },
    costUsd: sum(road.costUsd, plainCost),
    cachedCostUsd: sum(road.cachedCostUsd, cachedCost),
    conversation: road.conversation,
    prefix: cacheable ? prompt : 0,
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
