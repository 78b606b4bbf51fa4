import { describe, expect, it } from 'vitest';
import {
  costOf,
  emptyMeter,
  meterUsage,
  type PriceTable,
  priceOf,
  totalTokens,
} from '../../src/usage/index.ts';

const used = (
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens = 0,
  cacheWriteTokens = 0,
  estimated = false,
) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens,
  cacheWriteTokens,
  estimated,
});
const claude = (id: string) => ({ provider: 'anthropic', id });

describe('the meter', () => {
  it('sums tokens and dollars per turn and in all', () => {
    const opus = claude('claude-opus-5');
    let meter = meterUsage(emptyMeter(), { turn: 1, model: opus, usage: used(1000, 200, 0, 8000) });
    meter = meterUsage(meter, { turn: 2, model: opus, usage: used(500, 100, 9000, 400) });
    expect(meter.totals).toEqual({
      input: 1500,
      output: 300,
      cacheRead: 9000,
      cacheWrite: 8400,
      estimated: false,
    });
    expect(totalTokens(meter.totals)).toBe(19_200);
    // $5 in, $25 out, $6.25 to write and $0.50 to read the cache, per million.
    expect(meter.turns[0]!.costUsd).toBeCloseTo(0.005 + 0.005 + 0.05, 9);
    expect(meter.turns[1]!.costUsd).toBeCloseTo(0.0025 + 0.0025 + 0.0045 + 0.0025, 9);
    expect(meter.costUsd).toBeCloseTo(0.072, 9);
  });

  it('never changes an earlier meter, and adds up reports of one turn', () => {
    const start = emptyMeter();
    const once = meterUsage(start, { turn: 1, model: claude('claude-opus-5'), usage: used(10, 1) });
    const twice = meterUsage(once, {
      turn: 1,
      model: claude('claude-opus-5'),
      usage: used(20, 2, 0, 0, true),
    });
    expect(start.turns).toEqual([]);
    expect(once.turns[0]).toMatchObject({ input: 10, estimated: false });
    expect(twice.turns).toHaveLength(1);
    expect(twice.turns[0]).toMatchObject({ input: 30, output: 3, estimated: true });
    expect(twice.totals.estimated).toBe(true);
  });

  it('has no total cost once the price of one turn is unknown', () => {
    let meter = meterUsage(emptyMeter(), { turn: 1, model: claude('claude-novel-9'), usage: used(10, 1) });
    expect(meter.costUsd).toBeUndefined();
    meter = meterUsage(meter, { turn: 2, model: claude('claude-opus-5'), usage: used(10, 1) });
    expect(meter.costUsd).toBeUndefined();
    expect(meter.turns[1]!.costUsd).toBeGreaterThan(0);
  });

  it('splits the reported prompt as the request was made up', () => {
    const counted = { system: 400, declarations: 600, scripts: 0, results: 500, history: 100 };
    const report = (turn: number, usage: ReturnType<typeof used>, parts = counted) => ({
      turn,
      model: claude('claude-opus-5'),
      mode: 'code',
      usage,
      parts,
    });
    const once = meterUsage(emptyMeter(), report(1, used(20, 5, 1000, 780)));
    // 1,800 tokens were reported where kv had counted 1,600.
    expect(once.turns[0]).toMatchObject({
      mode: 'code',
      parts: { system: 450, declarations: 675, scripts: 0, results: 563, history: 112 },
    });
    const twice = meterUsage(once, report(2, used(1600, 5)));
    expect(twice.parts).toEqual({ system: 850, declarations: 1275, scripts: 0, results: 1063, history: 212 });
    const { input, cacheRead, cacheWrite } = twice.totals;
    expect(Object.values(twice.parts).reduce((a, b) => a + b)).toBe(input + cacheRead + cacheWrite);
    const older = meterUsage(twice, { turn: 3, model: claude('claude-opus-5'), usage: used(10, 5) });
    expect(older.turns[2]!.parts).toBeUndefined();
    expect(older.parts).toEqual(twice.parts);
  });

  it.each(['ollama', 'offline', 'scripted', 'recorded'])('takes %s for free', provider => {
    const meter = meterUsage(emptyMeter(), {
      turn: 1,
      model: { provider, id: 'any' },
      usage: used(1e6, 1e6),
    });
    expect(meter.costUsd).toBe(0);
  });
});

describe('prices', () => {
  it('belong to a model and its dated ids, not to a newer version', () => {
    expect(priceOf(claude('claude-opus-5'))).toMatchObject({
      input: 5,
      output: 25,
      cacheRead: 0.5,
      cacheWrite: 6.25,
    });
    expect(priceOf(claude('claude-opus-5-20260724'))).toMatchObject({ input: 5 });
    expect(priceOf(claude('claude-opus-5-5'))).toMatchObject({ input: 4, cacheRead: 0.2 });
    expect(priceOf(claude('claude-opus-5-9'))).toBeUndefined();
    expect(priceOf(claude('claude-haiku-4-5-20251001'))).toMatchObject({ input: 1, output: 5 });
  });

  it('rise for every token of a long prompt where the provider has it so', () => {
    const cost = (prompt: number, cached: number) =>
      costOf({ turn: 1, model: claude('claude-haiku-5-5'), usage: used(prompt, 1000, cached) });
    expect(cost(100_000, 0)).toBeCloseTo(0.01 + 0.0005, 9);
    expect(cost(50_000, 50_001)).toBeCloseTo((50_000 * 0.5 + 1000 * 2.5 + 50_001 * 0.05) / 1e6, 9);
  });

  it('can be overridden', () => {
    const prices: PriceTable = { mine: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 } };
    expect(costOf({ turn: 1, model: claude('mine'), usage: used(1e6, 1e6) }, prices)).toBe(3);
    expect(costOf({ turn: 1, model: claude('claude-opus-5'), usage: used(1, 1) }, prices)).toBeUndefined();
  });
});
