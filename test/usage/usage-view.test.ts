import { describe, expect, it } from 'vitest';
import type { AgentEvent, AgentEventBody, Mode } from '../../src/agent/events.ts';
import { emptyUsage, observeUsage, type Usage } from '../../src/agent/usage-view.ts';
import type { PriceTable } from '../../src/usage/index.ts';

const OPUS = { provider: 'anthropic', id: 'claude-opus-5' };

function usageOf(bodies: AgentEventBody[], prices?: PriceTable): Usage {
  const events = bodies.map((body, i) => ({ v: 1, seq: i + 1, at: 0, ...body }) as AgentEvent);
  return events.reduce((usage, event) => observeUsage(usage, event, prices), emptyUsage());
}

const started = (model = OPUS, resumed = false): AgentEventBody => ({
  type: 'session-started',
  session: 's',
  version: '0',
  resumed,
  context: { mode: 'auto', model, readOnly: false },
});
const asked: AgentEventBody = { type: 'question', text: 'why?' };
const baseline: AgentEventBody = { type: 'tools-baseline', system: 100, declarations: 1900, question: 20 };
const turn = (
  number: number,
  part: { script?: string; text?: string; mode?: Mode } = {},
): AgentEventBody[] => [
  { type: 'turn-started', turn: number, mode: part.mode ?? 'code' },
  {
    type: 'turn-finished',
    turn: number,
    text: part.text ?? '',
    script: part.script,
    usage: {
      inputTokens: 0,
      outputTokens: 50,
      cacheReadTokens: 0,
      cacheWriteTokens: 3000,
      estimated: false,
    },
    parts: { system: 1000, declarations: 1500, scripts: 0, results: 0, history: 500 },
    durationMs: 1,
  },
];
const call = (
  number: number,
  of: { turn?: number; step?: number; cached?: boolean } = {},
): AgentEventBody[] => [
  {
    type: 'call-started',
    turn: of.turn ?? 1,
    call: number,
    name: 'k8s.get',
    args: {},
    effect: 'read',
    line: 1,
    step: of.step ?? 1,
  },
  {
    type: 'call-finished',
    call: number,
    ok: true,
    bytes: 10,
    durationMs: 1,
    summary: '',
    cached: of.cached,
    asTool: { call: 20, result: 300, pages: 1 },
  },
];
const answered: AgentEventBody = { type: 'finished', status: 'answered', turns: 1, calls: 1, durationMs: 1 };
const begun = [started(), asked, baseline, ...turn(1, { script: 'return 1' })];

describe('usage from events', () => {
  it('compares a session with tools mode after each call', () => {
    const one = usageOf([...begun, ...call(1)]);
    expect(one.meter.totals).toMatchObject({ cacheWrite: 3000, output: 50 });
    expect(one.meter.turns[0]).toMatchObject({ mode: 'code', parts: { declarations: 1500 } });
    expect(one.counterfactual).toMatchObject({ calls: 1, sequential: { requests: 1, input: 2020 } });
    const two = usageOf([...begun, ...call(1), ...call(2)]);
    expect(two.counterfactual).toMatchObject({
      calls: 2,
      sequential: { requests: 2, input: 2020 + 2365 },
      batched: { requests: 1, input: 2020 },
    });
    const { factor, cachedCostUsd } = two.counterfactual!.sequential;
    expect(factor.tokens).toBeCloseTo((2020 + 2365 + 70) / 3050, 9);
    // $6.25 to write the cache, $25 out, per million.
    expect(factor.costUsd).toBeCloseTo(cachedCostUsd! / ((3000 * 6.25 + 50 * 25) / 1e6), 9);
  });

  it('closes with the last answer of the model, as long as it was', () => {
    const { sequential } = usageOf([...begun, ...call(1), ...turn(2, { text: 'It is full.' }), answered])
      .counterfactual!;
    expect(sequential).toMatchObject({ requests: 2, output: 35 + 50 });
  });

  it('closes with the report of a script that finished by itself', () => {
    const answer: AgentEventBody = { type: 'answer', text: 'x'.repeat(400) };
    const { sequential } = usageOf([...begun, ...call(1), answer, answered]).counterfactual!;
    expect(sequential).toMatchObject({ requests: 2, output: 35 + 100 });
    const stopped = usageOf([...begun, ...call(1), answer, { ...answered, status: 'limit' }]);
    expect(stopped.counterfactual!.sequential.requests).toBe(1);
  });

  it('leaves out calls that were answered from the journal', () => {
    expect(usageOf([...begun, ...call(1), ...call(2, { cached: true })])).toMatchObject({
      counterfactual: { calls: 1 },
    });
  });

  it('has nothing to compare where the session is in tools mode, and everything once a script ran', () => {
    const tools = [started(), asked, baseline, ...turn(1, { mode: 'tools' }), ...call(1), answered];
    expect(usageOf(tools).counterfactual).toBeUndefined();
    const both = [...tools, asked, baseline, ...turn(2, { script: 'return 1' }), ...call(2, { turn: 2 })];
    expect(usageOf(both).counterfactual).toMatchObject({ calls: 2 });
  });

  it('is the same for a session that was killed in a script and resumed', () => {
    const open = call(2)[0]!;
    const killed = [...begun, ...call(1), open];
    const on = [asked, baseline, ...turn(2, { script: 'return 2' }), ...call(3, { turn: 2 })];
    const resumed = usageOf([...killed, started(OPUS, true), ...on]);
    expect(resumed.meter.turns.map(item => item.turn)).toEqual([1, 2]);
    expect(resumed.counterfactual).toMatchObject({ calls: 2, sequential: { requests: 2 } });
    // The new question follows on what the first run found.
    expect(resumed.counterfactual!.sequential.input).toBe(2020 + 2000 + 20 + 345 + 20);
    expect(resumed.inner.open).toEqual([]);
  });

  it('takes prices that are given', () => {
    const prices = { 'claude-opus-5': { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 } };
    const usage = usageOf([...begun, ...call(1)], prices);
    expect(usage.meter.costUsd).toBeCloseTo(3050 / 1e6, 12);
    expect(usage.counterfactual!.batched.cachedCostUsd).toBeCloseTo(2055 / 1e6, 12);
  });

  it('leaves what it was given alone, and is the same object for events that change nothing', () => {
    const before = usageOf([...begun, ...call(1)]);
    const copy = structuredClone(before);
    const delta = { v: 1, seq: 9, at: 0, type: 'text-delta', turn: 1, delta: 'x' } as const;
    expect(observeUsage(before, delta)).toBe(before);
    for (const body of [...call(2), ...turn(2, { text: 'done' }), answered]) {
      observeUsage(before, { v: 1, seq: 9, at: 0, ...body } as AgentEvent);
    }
    expect(before).toEqual(copy);
  });
});
