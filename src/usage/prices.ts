/** US dollars per million tokens. Cache writes are those with the 5-minute lifetime, which kv asks for. */
export interface Rates {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export interface ModelPrice extends Rates {
  /** Rates of every token of a request whose prompt (cached parts included) is longer than `above` tokens. */
  long?: Rates & { above: number };
}

/** Prices by model id; a dated id (`claude-opus-5-20260724`) is found by the id without the date. */
export type PriceTable = Readonly<Record<string, ModelPrice>>;

/** When the table below was read from https://platform.claude.com/docs/en/about-claude/pricing. */
export const PRICES_AS_OF = '2026-11-21';

/** Anthropic's list prices. The config file may add to it or override it. */
export const PRICES: PriceTable = {
  'claude-fable-5-1': rates(10, 50, { cacheRead: 0.25 }),
  'claude-fable-5': rates(10, 50),
  'claude-mythos-5-1': rates(10, 50, { cacheRead: 0.25 }),
  'claude-mythos-5': rates(10, 50),
  'claude-opus-5-5': rates(4, 20, { cacheRead: 0.2 }),
  'claude-opus-5': rates(5, 25),
  'claude-opus-4-8': rates(5, 25),
  'claude-opus-4-7': rates(5, 25),
  'claude-opus-4-6': rates(5, 25),
  'claude-opus-4-5': rates(5, 25),
  'claude-opus-4-1': rates(15, 75),
  'claude-opus-4': rates(15, 75),
  'claude-sonnet-5-5': rates(2, 10, { cacheRead: 0.1 }),
  'claude-sonnet-5': rates(2, 10),
  'claude-sonnet-4-6': rates(3, 15),
  'claude-sonnet-4-5': rates(3, 15),
  'claude-sonnet-4': rates(3, 15),
  'claude-haiku-5-5': { ...rates(0.1, 0.5), long: { above: 100_000, ...rates(0.5, 2.5) } },
  'claude-haiku-4-5': rates(1, 5),
};

/** Nobody charges for these. */
const FREE_PROVIDERS = new Set(['ollama', 'offline', 'scripted', 'recorded']);
const FREE: ModelPrice = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/** Writing to the cache costs 1.25 times the input price, reading from it a tenth, unless listed otherwise. */
function rates(input: number, output: number, special: Partial<Rates> = {}): Rates {
  return { input, output, cacheRead: input * 0.1, cacheWrite: input * 1.25, ...special };
}

/** undefined where the price is not known. A newer minor version (`claude-opus-5-9`) is not taken for an older one. */
export function priceOf(
  model: { provider: string; id: string },
  prices: PriceTable = PRICES,
): ModelPrice | undefined {
  if (FREE_PROVIDERS.has(model.provider)) return FREE;
  const key = Object.keys(prices)
    .filter(prefix => model.id === prefix || isDated(model.id, prefix))
    .sort((a, b) => b.length - a.length)[0];
  return key === undefined ? undefined : prices[key];
}

/** The rates of a request with a prompt of this many tokens, cached parts included. */
export function ratesFor(price: ModelPrice, prompt: number): Rates {
  return price.long && prompt > price.long.above ? price.long : price;
}

/** `claude-opus-5-20260724` and `claude-opus-5-latest` are claude-opus-5; `claude-opus-5-9` is not. */
function isDated(id: string, prefix: string): boolean {
  return id.startsWith(`${prefix}-`) && /^(\d{8}|latest)(-.*)?$/.test(id.slice(prefix.length + 1));
}

/** What a person writes down: writing to and reading from a cache follow the input price unless they are given. */
export type OwnPrice = Pick<Rates, 'input' | 'output'> & Partial<Rates>;

/** The built-in prices with a person's own ones over them; an own price replaces all rates of its model. */
export function withOwnPrices(own: Readonly<Record<string, OwnPrice>> = {}): PriceTable {
  const entries = Object.entries(own).map(([model, { input, output, cacheRead, cacheWrite }]) => {
    const usual = rates(input, output);
    const price = {
      ...usual,
      cacheRead: cacheRead ?? usual.cacheRead,
      cacheWrite: cacheWrite ?? usual.cacheWrite,
    };
    return [model, price] as const;
  });
  return { ...PRICES, ...Object.fromEntries(entries) };
}
