import { PRICES, type PriceTable, priceOf, type Rates } from './prices.ts';

/** Tokens of one request as its provider reported them; `inputTokens` are those neither read from nor written to a cache. */
export interface ReportedUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** True where the provider reported nothing and kv counted by itself. */
  estimated: boolean;
}

/** One answer of a model. */
export interface UsageReport {
  turn: number;
  model: { provider: string; id: string };
  usage: ReportedUsage;
}

/** Sums of tokens. `estimated` as soon as any part of them is. */
export interface TokenCounts {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  estimated: boolean;
}

export interface TurnUsage extends TokenCounts {
  turn: number;
  model: { provider: string; id: string };
  /** undefined where the model's price is unknown. */
  costUsd: number | undefined;
}

/** What a session has used so far. Never changed in place. */
export interface Meter {
  readonly turns: readonly TurnUsage[];
  readonly totals: TokenCounts;
  /** Sum over the turns; undefined as soon as one turn's price is unknown. 0 for local models and offline. */
  readonly costUsd: number | undefined;
}

export function emptyMeter(): Meter {
  return { turns: [], totals: zero(), costUsd: 0 };
}

/** The meter after one more report. Reports of one turn (a repeated request) add up. */
export function meterUsage(meter: Meter, report: UsageReport, prices: PriceTable = PRICES): Meter {
  const counts = countsOf(report.usage);
  const costUsd = costOf(report, prices);
  const known = meter.turns.find(turn => turn.turn === report.turn);
  const turn: TurnUsage = {
    turn: report.turn,
    model: report.model,
    ...plus(known ?? zero(), counts),
    costUsd: known ? sum(known.costUsd, costUsd) : costUsd,
  };
  return {
    turns: known ? meter.turns.map(old => (old === known ? turn : old)) : [...meter.turns, turn],
    totals: plus(meter.totals, counts),
    costUsd: sum(meter.costUsd, costUsd),
  };
}

/** US dollars of one request; undefined where the price is unknown. */
export function costOf(report: UsageReport, prices: PriceTable = PRICES): number | undefined {
  const price = priceOf(report.model, prices);
  if (!price) return undefined;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = report.usage;
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  const rates: Rates = price.long && prompt > price.long.above ? price.long : price;
  return (
    (inputTokens * rates.input +
      outputTokens * rates.output +
      cacheReadTokens * rates.cacheRead +
      cacheWriteTokens * rates.cacheWrite) /
    1_000_000
  );
}

/** All tokens that the model read or wrote. */
export function totalTokens(counts: TokenCounts): number {
  return counts.input + counts.output + counts.cacheRead + counts.cacheWrite;
}

function countsOf(usage: ReportedUsage): TokenCounts {
  return {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cacheRead: usage.cacheReadTokens,
    cacheWrite: usage.cacheWriteTokens,
    estimated: usage.estimated,
  };
}

function zero(): TokenCounts {
  return { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, estimated: false };
}

function plus(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    estimated: a.estimated || b.estimated,
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
