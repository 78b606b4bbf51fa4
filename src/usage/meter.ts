import { addParts, NO_PARTS, type Parts, scaleParts } from './parts.ts';
import { PRICES, type PriceTable, priceOf, ratesFor } from './prices.ts';

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
  /** How the question was worked on. */
  mode?: string;
  /** The request taken apart, by kv's own count; only the proportions matter. */
  parts?: Parts;
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
  mode?: string;
  /** The prompt by its parts; their sum is input, cache reads and cache writes. Absent where it was not taken apart. */
  parts?: Parts;
  /** undefined where the model's price is unknown. */
  costUsd: number | undefined;
}

/** What a session has used so far. Never changed in place. */
export interface Meter {
  readonly turns: readonly TurnUsage[];
  readonly totals: TokenCounts;
  /** Sums over the turns whose prompts were taken apart. */
  readonly parts: Parts;
  /** Sum over the turns; undefined as soon as one turn's price is unknown. 0 for local models and offline. */
  readonly costUsd: number | undefined;
}

export function emptyMeter(): Meter {
  return { turns: [], totals: zero(), parts: NO_PARTS, costUsd: 0 };
}

/** The meter after one more report. Reports of one turn (a repeated request) add up. */
export function meterUsage(meter: Meter, report: UsageReport, prices: PriceTable = PRICES): Meter {
  const counts = countsOf(report.usage);
  const costUsd = costOf(report, prices);
  const known = meter.turns.find(turn => turn.turn === report.turn);
  const parts = report.parts && scaleParts(report.parts, promptOf(report.usage));
  const allParts = parts && known?.parts ? addParts(known.parts, parts) : (parts ?? known?.parts);
  const turn: TurnUsage = {
    turn: report.turn,
    model: report.model,
    ...(report.mode && { mode: report.mode }),
    ...(allParts && { parts: allParts }),
    ...plus(known ?? zero(), counts),
    costUsd: known ? sum(known.costUsd, costUsd) : costUsd,
  };
  return {
    turns: known ? meter.turns.map(old => (old === known ? turn : old)) : [...meter.turns, turn],
    totals: plus(meter.totals, counts),
    parts: parts ? addParts(meter.parts, parts) : meter.parts,
    costUsd: sum(meter.costUsd, costUsd),
  };
}

/** US dollars of one request; undefined where the price is unknown. */
export function costOf(report: UsageReport, prices: PriceTable = PRICES): number | undefined {
  const price = priceOf(report.model, prices);
  if (!price) return undefined;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = report.usage;
  const rates = ratesFor(price, promptOf(report.usage));
  return (
    (inputTokens * rates.input +
      outputTokens * rates.output +
      cacheReadTokens * rates.cacheRead +
      cacheWriteTokens * rates.cacheWrite) /
    1_000_000
  );
}

/** Tokens of the prompt, wherever they were read from. */
export function promptOf(usage: ReportedUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
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
