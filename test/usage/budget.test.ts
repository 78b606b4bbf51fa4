import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSessionStore, type SessionStore } from '../../src/sessions/index.ts';
import {
  type AccountedSpending,
  createBudgetWebhook,
  createSpending,
  PRICES,
  periodOf,
  type SpendingOptions,
  withOwnPrices,
} from '../../src/usage/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';
import { closedPort, json, WireServer } from '../llm/wire.ts';

const OPUS = { provider: 'anthropic', id: 'claude-opus-5' };
const NOON = new Date(2026, 10, 21, 12).getTime();
const home = process.env.TZ;
let folder: string;
let store: SessionStore;
let now: number;
let turn: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kv-budget-'));
  ({ store } = await openSessionStore(join(folder, 'sessions.db'), { now: () => now }));
  now = NOON;
  turn = 0;
});
afterEach(async () => {
  if (home === undefined) delete process.env.TZ;
  else process.env.TZ = home;
  store.close();
  await rm(folder, { recursive: true, force: true });
});

function spending(
  budgets: SpendingOptions['budgets'],
  more: Partial<SpendingOptions> = {},
): AccountedSpending {
  return createSpending({ budgets, prices: PRICES, account: store.spend, now: () => now, ...more });
}

/** One answer; of claude-opus-5 an input token costs 5 millionths of a dollar. */
function spend(on: AccountedSpending, inputTokens: number, model = OPUS, estimated = false) {
  const usage = { inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated };
  turn += 1;
  return on.add({ session: 's', turn, at: now, mode: 'code', model, usage });
}

const levels = (words: Array<{ level: string }>) => words.map(word => word.level);
const texts = (words: Array<{ text: string }>) => words.map(word => word.text);

describe('a budget for one investigation', () => {
  it('warns once at 80 % and is over at 100 %', () => {
    const own = spending({ perInvestigation: { usd: 1 } });
    expect(own.begin(OPUS)).toEqual([]);
    expect(spend(own, 159_000)).toEqual([]);
    expect(texts(spend(own, 1_000))).toEqual([
      '80 % of the budget of this investigation is used: $0.80 of $1.00.',
    ]);
    expect(spend(own, 39_000)).toEqual([]);
    expect(spend(own, 1_000)).toEqual([
      {
        level: 'exceeded',
        scope: 'perInvestigation',
        text: 'The budget of this investigation is used up: $1.00 of $1.00.',
        hint: expect.stringContaining(
          'Raise --budget-usd or budgets.perInvestigation.usd in the config file',
        ),
      },
    ]);
  });

  it('starts afresh with each question, and warns again', () => {
    const own = spending({ perInvestigation: { tokens: 1_000 } });
    own.begin(OPUS);
    expect(levels(spend(own, 900))).toEqual(['warning']);
    expect(own.begin(OPUS)).toEqual([]);
    expect(levels(spend(own, 900))).toEqual(['warning']);
    expect(levels(spend(own, 100))).toEqual(['exceeded']);
  });

  it('counts written and cached tokens too, and warns where the config file says', () => {
    const own = spending({ perInvestigation: { tokens: 1_000 } }, { warnAt: 0.5 });
    own.begin(OPUS);
    const usage = {
      inputTokens: 100,
      outputTokens: 200,
      cacheReadTokens: 150,
      cacheWriteTokens: 50,
      estimated: false,
    };
    const words = own.add({ session: 's', turn: 1, at: now, mode: 'code', model: OPUS, usage });
    expect(texts(words)).toEqual(['50 % of the budget of this investigation is used: 500 of 1,000 tokens.']);
  });
});

describe('budgets per day and month', () => {
  it('are shared by all sessions, and say when they renew and how to raise them', () => {
    const [a, b] = [spending({ perDay: { usd: 1 } }), spending({ perDay: { usd: 1 } })];
    expect(spend(a, 120_000)).toEqual([]);
    expect(texts(spend(b, 40_000))).toEqual(['80 % of the daily budget is used: $0.80 of $1.00.']);
    expect(levels(spend(a, 40_000))).toEqual(['exceeded']);
    const [word, ...others] = b.begin(OPUS);
    expect(others).toEqual([]);
    expect(word).toEqual({
      level: 'exceeded',
      scope: 'perDay',
      text: 'The daily budget is used up: $1.00 of $1.00; it renews on 2026-11-22 at 00:00.',
      hint: 'Raise budgets.perDay.usd in the config file, or ask a local model; `kv usage` shows what was spent.',
    });
  });

  it('renew with the local day and month', () => {
    const own = spending({ perDay: { tokens: 100 }, perMonth: { tokens: 250 } });
    now = new Date(2026, 10, 29, 23, 59, 59, 999).getTime();
    expect(texts(spend(own, 100))).toEqual([
      'The daily budget is used up: 100 of 100 tokens; it renews on 2026-11-30 at 00:00.',
    ]);
    now += 1;
    expect(own.begin(OPUS)).toEqual([]);
    expect(levels(spend(own, 100))).toEqual(['warning', 'exceeded']);
    now += 86_400_000;
    expect(new Date(now).getDate()).toBe(1);
    expect(own.begin(OPUS)).toEqual([]);
    expect(levels(spend(own, 85))).toEqual(['warning']);
  });

  it('have days of 23 and 25 hours where the clocks change', () => {
    const hours = (zone: string, ...date: [number, number, number, number]) => {
      process.env.TZ = zone;
      const { key, from, to } = periodOf('day', new Date(...date).getTime());
      expect(periodOf('day', from).key).toBe(key);
      expect(periodOf('day', to - 1).key).toBe(key);
      expect(periodOf('day', to).key).not.toBe(key);
      return (to - from) / 3_600_000;
    };
    expect(hours('Europe/Berlin', 2026, 2, 29, 12)).toBe(23);
    expect(hours('Europe/Berlin', 2026, 9, 25, 12)).toBe(25);
    // Midnight itself does not exist on this day.
    expect(hours('Africa/Cairo', 2026, 3, 24, 12)).toBe(23);
    expect(hours('Asia/Kathmandu', 2026, 3, 24, 12)).toBe(24);
  });

  it('hold through the hour that a clock change repeats', () => {
    process.env.TZ = 'Europe/Berlin';
    const own = spending({ perDay: { tokens: 100 } });
    now = Date.parse('2026-10-25T02:30:00+02:00');
    expect(levels(spend(own, 60))).toEqual([]);
    now = Date.parse('2026-10-25T02:30:00+01:00');
    expect(texts(spend(own, 60))).toEqual([
      'The daily budget is used up: 120 of 100 tokens; it renews on 2026-10-26 at 00:00.',
    ]);
    now = Date.parse('2026-10-26T00:00:00+01:00');
    expect(own.begin(OPUS)).toEqual([]);
  });
});

describe('what counts', () => {
  it('is nothing of the offline rules, which an exhausted budget does not stop', () => {
    const own = spending({ perDay: { usd: 1, tokens: 1_000 } });
    const rules = { provider: 'offline', id: 'offline' };
    expect(spend(own, 5_000, rules, true)).toEqual([]);
    expect(own.begin(OPUS)).toEqual([]);
    expect(levels(spend(own, 200_000))).toEqual(['exceeded', 'exceeded']);
    expect(own.begin(rules)).toEqual([]);
  });

  it('is tokens of a local model, but never dollars', () => {
    const local = { provider: 'ollama', id: 'qwen3:8b' };
    const own = spending({ perDay: { usd: 1 }, perMonth: { tokens: 500_000 } });
    expect(levels(spend(own, 200_000))).toEqual(['exceeded']);
    expect(own.begin(local)).toEqual([]);
    expect(texts(spend(own, 200_000, local))).toEqual([
      '80 % of the monthly budget is used: 400,000 of 500,000 tokens.',
    ]);
  });

  it('is an answer whose provider reported nothing', () => {
    const own = spending({ perDay: { tokens: 100 } });
    expect(levels(spend(own, 100, OPUS, true))).toEqual(['exceeded']);
  });

  it('is only tokens where the price is unknown, which is said once', () => {
    const model = { provider: 'anthropic', id: 'claude-opus-9' };
    const own = spending({ perDay: { usd: 1 }, perMonth: { tokens: 100 } });
    const [word, ...others] = own.begin(model);
    expect(others).toEqual([]);
    expect(word).toMatchObject({ level: 'warning' });
    expect(word!.text).toMatch(
      /price of claude-opus-9 is unknown, so the daily budget of \$1\.00 cannot be held/,
    );
    expect(spend(own, 50, model)).toEqual([]);
    expect(texts(spend(own, 50, model))[0]).toMatch(/^The monthly budget is used up: 100 of 100 tokens/);
    const priced = spending(
      { perInvestigation: { usd: 1 } },
      { prices: withOwnPrices({ 'claude-opus-9': { input: 10, output: 20 } }) },
    );
    expect(priced.begin(model)).toEqual([]);
    expect(texts(spend(priced, 80_000, model))).toEqual([
      '80 % of the budget of this investigation is used: $0.80 of $1.00.',
    ]);
  });
});

describe('own prices', () => {
  it('replace the built-in ones; cache rates follow the input price', () => {
    const prices = withOwnPrices({ 'claude-opus-5': { input: 1, output: 2, cacheRead: 0 } });
    expect(prices['claude-opus-5']).toEqual({ input: 1, output: 2, cacheRead: 0, cacheWrite: 1.25 });
    expect(prices['claude-sonnet-5']).toBe(PRICES['claude-sonnet-5']);
  });
});

describe('an account that cannot be written', () => {
  it('is said once, and its budgets still hold within the session', () => {
    const account = {
      add: () => {
        throw new Error('The session history is full.');
      },
      totals: store.spend.totals.bind(store.spend),
      claim: store.spend.claim.bind(store.spend),
    };
    const own = spending({ perDay: { tokens: 100 } }, { account });
    expect(texts(spend(own, 50))[0]).toMatch(/cannot be recorded.*The session history is full/);
    expect(spend(own, 20)).toEqual([]);
    expect(levels(spend(own, 30))).toEqual(['exceeded']);
  });
});

describe('the webhook', () => {
  const told = (server: WireServer) => server.received.map(({ path, body }) => ({ path, body }));

  it('is told once of each threshold of a period, whoever passes it', async () => {
    await using server = await WireServer.start(...Array.from({ length: 5 }, () => reply(200)));
    const webhook = createBudgetWebhook(`${server.url}/services/T0/secret`, fetch);
    const budgets = { perInvestigation: { usd: 0.1 }, perDay: { usd: 1 }, perMonth: { usd: 10 } };
    const [a, b] = [spending(budgets, { webhook }), spending(budgets, { webhook })];
    spend(a, 100_000);
    spend(a, 70_000);
    spend(b, 10_000);
    spend(b, 25_000);
    spend(a, 1_000);
    spend(b, 1_000);
    b.begin(OPUS);
    expect([...(await a.settle()), ...(await b.settle())]).toEqual([]);
    expect(told(server)).toHaveLength(2);
    expect(told(server)).toEqual(
      expect.arrayContaining([
        {
          path: '/services/T0/secret',
          body: { text: 'kv: 85 % of the daily budget is used: $0.85 of $1.00 in 2026-11-21.' },
        },
        {
          path: '/services/T0/secret',
          body: { text: 'kv: the daily budget is used up: $1.03 of $1.00 in 2026-11-21.' },
        },
      ]),
    );
    now += 86_400_000;
    spend(a, 200_000);
    spend(a, 1_000);
    await a.settle();
    expect(
      told(server)
        .slice(2)
        .map(({ body }) => body),
    ).toEqual([{ text: 'kv: the daily budget is used up: $1.00 of $1.00 in 2026-11-22.' }]);
  });

  it('never holds anything up, and its failure is one warning without its address', async () => {
    await using silent = await WireServer.start(() => {});
    const secret = 'services/T0/B0/XXXXXXXX';
    const hooks = [
      createBudgetWebhook(`http://127.0.0.1:${await closedPort()}/${secret}`, fetch),
      createBudgetWebhook(`${silent.url}/${secret}`, fetch, 50),
    ];
    const failures: string[] = [];
    for (const webhook of hooks) {
      const own = spending({ perDay: { tokens: 100 } }, { webhook });
      expect(levels(spend(own, 80))).toEqual(['warning']);
      failures.push(...(await own.settle()));
      now += 86_400_000;
    }
    expect(failures).toEqual([
      'The budget webhook was not told: it cannot be reached. Check budgets.webhook in the config file.',
      'The budget webhook was not told: it did not answer within 0.05 s. Check budgets.webhook in the config file.',
    ]);
  });

  it('is not followed elsewhere, and a refusal says its status', async () => {
    await using server = await WireServer.start(reply(302, { location: '/elsewhere' }), reply(404));
    const webhook = createBudgetWebhook(server.url, fetch);
    const own = spending({ perDay: { tokens: 100 } }, { webhook });
    spend(own, 80);
    expect(await own.settle()).toEqual([expect.stringContaining('HTTP status 302')]);
    expect(server.received).toHaveLength(1);
  });
});

function reply(status: number, headers = {}): Parameters<typeof WireServer.start>[0] {
  return response => json(response, status, {}, headers);
}

describe('a session with a budget', () => {
  const bundle = () => writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  const script = {
    text: '```ts\nreturn 1;\n```',
    usage: { inputTokens: 90, outputTokens: 0, estimated: false },
  };
  const tokens = (perDay: number) => ({ spending: spending({ perDay: { tokens: perDay } }) });

  it('warns, stops with what is known, and refuses the next question before anything is sent', async () => {
    const session = await openTestSession(bundle(), [script, script, 'never'], tokens(100));
    await session.controller.ask('why?');
    expect(session.of('budget').map(event => event.level)).toEqual(['warning', 'exceeded']);
    expect(session.of('finished').at(-1)).toMatchObject({
      status: 'limit',
      message: expect.stringMatching(/^The daily budget is used up: 180 of 100 tokens; it renews on/),
      hint: expect.stringContaining('budgets.perDay.tokens'),
    });
    expect(session.of('answer')).toHaveLength(1);
    expect(session.of('script-started')).toHaveLength(1);
    await session.controller.ask('and now?');
    expect(session.of('finished').at(-1)).toMatchObject({ status: 'limit', turns: 0 });
    expect(session.model.requests).toHaveLength(2);
    await session.controller.close();
  });

  it('counts an answer that broke off, which is billed all the same', async () => {
    const cut = { text: 'Let me look at the pods first.', error: new Error('connection lost') };
    const session = await openTestSession(bundle(), [cut], tokens(100));
    await session.controller.ask('why?');
    expect(session.of('finished').at(-1)).toMatchObject({ status: 'failed' });
    const [counted, ...others] = store.spend.entries(0, Date.now() + 1);
    expect(others).toEqual([]);
    expect(counted).toMatchObject({ turn: 1, estimated: true });
    expect(counted!.input).toBeGreaterThan(500);
    expect(counted!.output).toBeGreaterThan(3);
    await session.controller.close();
  });

  it('delivers the answer of the turn that exhausts it', async () => {
    const last = { text: 'All is well.', usage: { inputTokens: 500, estimated: false } };
    const session = await openTestSession(bundle(), [last], tokens(100));
    await session.controller.ask('is all well?');
    expect(session.of('budget').map(event => event.level)).toEqual(['exceeded']);
    expect(session.of('answer').map(event => event.text)).toEqual(['All is well.']);
    expect(session.of('finished').at(-1)).toMatchObject({ status: 'answered' });
    await session.controller.close();
  });
});
