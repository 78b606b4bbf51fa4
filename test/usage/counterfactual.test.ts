import { describe, expect, it } from 'vitest';
import {
  closeQuestion,
  countCall,
  counterfactualOf,
  countTurn,
  emptyLedger,
  knowBase,
  type Ledger,
  openQuestion,
  PRICES,
} from '../../src/usage/index.ts';

const SCRIPTED = { provider: 'scripted', id: 'scripted' };
const SONNET = { provider: 'anthropic', id: 'claude-sonnet-4-5' };
const HAIKU = { provider: 'anthropic', id: 'claude-haiku-4-5' };
const BASE = { system: 100, declarations: 400, question: 20 };

const asked = (ledger: Ledger, base = BASE) => knowBase(openQuestion(ledger), base);
const turn = (ledger: Ledger, part: Partial<Parameters<typeof countTurn>[1]> = {}) =>
  countTurn(
    ledger,
    { model: SCRIPTED, input: 4000, output: 60, estimated: true, counted: 4000, closing: false, ...part },
    PRICES,
  );
const called = (ledger: Ledger, step: number, call: number, result: number, rest = { turn: 1, pages: 1 }) =>
  countCall(ledger, { step, call, result, number: ledger.calls + 1, ...rest }, PRICES);
const compared = (ledger: Ledger, actual = { tokens: 1000, costUsd: 0 }) => counterfactualOf(ledger, actual)!;

/** Two calls that go out together, and one that waits for them. */
function threeCalls(ledger = emptyLedger()): Ledger {
  const begun = turn(asked(ledger));
  return called(called(called(begun, 1, 20, 100), 1, 30, 200), 2, 10, 50);
}

describe('what tools mode would have cost', () => {
  it('sends all that was said before with every request, one call at a time', () => {
    const { sequential } = compared(turn(threeCalls(), { closing: true }));
    // 15 tokens of words before each call, 5 around each of the two messages that it adds.
    const conversation = [20, 20 + 145, 20 + 145 + 255, 20 + 145 + 255 + 85];
    const prompts = conversation.map(tokens => 500 + tokens);
    expect(sequential).toMatchObject({
      requests: 4,
      input: prompts.reduce((a, b) => a + b),
      output: 35 + 45 + 25 + 60,
      largest: 1005,
    });
    expect(sequential.input).toBe(520 + 665 + 920 + 1005);
    expect(sequential.factor.tokens).toBeCloseTo((3110 + 165) / 1000, 9);
  });

  it('sends the calls of one step together', () => {
    const { batched } = compared(turn(threeCalls(), { closing: true }));
    expect(batched).toMatchObject({
      requests: 3,
      input: 520 + 895 + 980,
      output: 65 + 25 + 60,
      largest: 980,
    });
  });

  it('puts a call that ends late into the step that it belongs to', () => {
    const begun = turn(asked(emptyLedger()));
    const late = called(called(called(begun, 1, 20, 100), 2, 10, 50), 1, 30, 200);
    expect(compared(late).batched).toEqual(compared(threeCalls()).batched);
  });

  it('takes the calls in the order in which they were made, whichever ends first', () => {
    const begun = turn(asked(emptyLedger()));
    const made = { turn: 1, step: 1, pages: 1 };
    const large = { ...made, number: 1, call: 10, result: 900 };
    const small = { ...made, number: 2, call: 10, result: 10 };
    const inOrder = countCall(countCall(begun, large, PRICES), small, PRICES);
    const reversed = countCall(countCall(begun, small, PRICES), large, PRICES);
    expect(compared(reversed)).toEqual(compared(inOrder));
    expect(compared(inOrder).sequential.input).toBe(520 + 520 + 935);
  });

  it('keeps the steps of a later script behind those of an earlier one', () => {
    const first = called(turn(asked(emptyLedger())), 2, 10, 100);
    const both = called(turn(first), 1, 10, 100, { turn: 2, pages: 1 });
    expect(compared(both).batched).toMatchObject({ requests: 2, input: 520 + 520 + 135, output: 50 });
  });

  it('counts the closing request only once there is an answer, and once', () => {
    const open = threeCalls();
    expect(compared(open).sequential.requests).toBe(3);
    const closed = closeQuestion(open, 60, PRICES);
    expect(compared(closed)).toEqual(compared(turn(threeCalls(), { closing: true })));
    expect(closeQuestion(closed, 60, PRICES)).toBe(closed);
  });

  it('asks for further pages one after the other, or for all of a step together', () => {
    const begun = turn(asked(emptyLedger()));
    const paged = called(begun, 1, 20, 300, { turn: 1, pages: 3 });
    const both = compared(called(paged, 1, 10, 40));
    // Each further page takes 5 tokens to say which.
    expect(both.pages).toBe(4);
    expect(both.sequential).toMatchObject({ requests: 4, output: 35 + 40 + 40 + 25 });
    expect(both.batched).toMatchObject({ requests: 2, output: 45 + 15 + 2 * 25 });
    expect(both.batched.input).toBe(520 + (520 + 195));
  });

  it('has the last page as long as it is', () => {
    const begun = turn(asked(emptyLedger()));
    const made = { step: 1, number: 1, call: 20, turn: 1, pages: 3 };
    const inputOf = (page?: number) => {
      const ledger = turn(countCall(begun, { ...made, result: 300, page }, PRICES), { closing: true });
      return compared(ledger);
    };
    // Twice 140 and 20 instead of three times 100: the first page is sent again three times, the second twice.
    expect(inputOf(140).sequential.input - inputOf().sequential.input).toBe(3 * 40 + 2 * 40 - 80);
    expect(inputOf(140).batched.input - inputOf().batched.input).toBe(2 * 40 - 40);
    expect(inputOf(140).sequential.largest).toBe(inputOf().sequential.largest);
  });

  it('goes on with the conversation where a person asks on', () => {
    const first = turn(threeCalls(), { closing: true });
    const before = compared(first);
    const second = turn(asked(first), { closing: true, output: 40 });
    const { sequential, batched } = compared(second);
    // The whole first question (505 and 480 tokens), its answer of 60, and the new question.
    expect(sequential.input - before.sequential.input).toBe(500 + 505 + 65 + 20);
    expect(batched.input - before.batched.input).toBe(500 + 480 + 65 + 20);
    expect(sequential.output - before.sequential.output).toBe(40);
  });

  it('is not there for sessions that do not say what tools mode sends', () => {
    const ledger = called(turn(openQuestion(emptyLedger()), { closing: true }), 1, 20, 100);
    expect(counterfactualOf(ledger, { tokens: 1000, costUsd: 0 })).toBeUndefined();
  });

  it('is in tokens of the provider, as far as its reports are credible', () => {
    const reported = (input: number) => {
      const begun = turn(asked(emptyLedger()), { estimated: false, input, counted: 4000 });
      return compared(called(begun, 1, 20, 100)).sequential.input;
    };
    expect(reported(4000)).toBe(520);
    expect(reported(5000)).toBe(650);
    expect(reported(40_000)).toBe(1040);
    expect(reported(100)).toBe(260);
  });
});

describe('prompt caching in tools mode', () => {
  const base = { system: 500, declarations: 1500, question: 20 };
  const one = (model: typeof SONNET) => {
    const begun = turn(asked(emptyLedger(), base), { model });
    return turn(called(begun, 1, 20, 100), { model, closing: true });
  };

  it('reads what the request before had, and writes the rest', () => {
    const { sequential } = compared(one(SONNET), { tokens: 1000, costUsd: 0.01 });
    expect(sequential.input).toBe(2020 + 2165);
    expect(sequential.cached).toEqual({ input: 0, cacheRead: 2020, cacheWrite: 2020 + 145 });
    // $3 in, $15 out, $3.75 to write and $0.30 to read the cache, per million.
    expect(sequential.costUsd).toBeCloseTo((4185 * 3 + 95 * 15) / 1e6, 12);
    expect(sequential.cachedCostUsd).toBeCloseTo((2165 * 3.75 + 2020 * 0.3 + 95 * 15) / 1e6, 12);
    expect(sequential.factor.costUsd).toBeCloseTo(sequential.cachedCostUsd! / 0.01, 9);
  });

  it('does nothing below the smallest prefix that the model caches', () => {
    const { sequential } = compared(one(HAIKU));
    expect(sequential.cached).toEqual({ input: 2020 + 2165, cacheRead: 0, cacheWrite: 0 });
    expect(sequential.cachedCostUsd).toBe(sequential.costUsd);
  });

  it('starts anew with another model', () => {
    const same = turn(asked(one(SONNET), base), { model: SONNET, closing: true });
    const other = turn(asked(one(SONNET), base), {
      model: { ...SONNET, id: 'claude-sonnet-4-6' },
      closing: true,
    });
    expect(compared(same).batched.cached.cacheRead).toBe(2020 + 2165);
    expect(compared(other).batched.cached.cacheRead).toBe(2020);
  });

  it('has no price where the model has none, and takes prices that are given', () => {
    const model = { provider: 'anthropic', id: 'claude-novel-9' };
    expect(compared(one(model)).sequential.costUsd).toBeUndefined();
    const prices = { 'claude-novel-9': { input: 1, output: 2, cacheRead: 0, cacheWrite: 1 } };
    const begun = countTurn(
      asked(emptyLedger(), base),
      { model, input: 1, output: 1, estimated: true, closing: false },
      prices,
    );
    const ledger = countCall(begun, { turn: 1, step: 1, number: 1, call: 20, result: 100, pages: 1 }, prices);
    expect(compared(ledger).sequential.costUsd).toBeCloseTo((2020 + 2 * 35) / 1e6, 12);
  });
});
