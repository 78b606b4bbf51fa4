import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSessionStore, type SpendEntry } from '../../src/sessions/index.ts';
import { writeBundle } from '../helpers/bundle.ts';
import { freshHome, type KvEnvironment, runKv } from '../helpers/kv.ts';
import { say } from '../llm/anthropic-wire.ts';
import { json, WireServer } from '../llm/wire.ts';

const DAY = 86_400_000;
const BUNDLE = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
const ASK = [
  'investigate',
  'is all well?',
  '--snapshot',
  BUNDLE,
  '--model',
  'anthropic:claude-opus-5',
  '--mode',
  'code',
];

const entry = (more: Partial<SpendEntry> = {}): SpendEntry => ({
  at: Date.now(),
  session: 'one',
  turn: 1,
  provider: 'anthropic',
  model: 'claude-opus-5',
  mode: 'code',
  input: 100_000,
  output: 2_000,
  cacheRead: 0,
  cacheWrite: 0,
  estimated: false,
  costUsd: 0.55,
  ...more,
});

async function homeWith(config: object, ...entries: SpendEntry[]): Promise<KvEnvironment> {
  const { home, env } = freshHome();
  const file = join(home, '.config/kv/config.yaml');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  const { store } = await openSessionStore(join(home, '.local/state/kv/sessions.db'));
  for (const item of entries) store.spend.add(item);
  store.close();
  // The test's days are those of UTC, wherever it runs.
  return { home, env: { ...env, TZ: 'UTC' } };
}

const withModel = ({ env }: KvEnvironment, server: WireServer) => ({
  ...env,
  ANTHROPIC_API_KEY: 'test-key',
  ANTHROPIC_BASE_URL: server.url,
});

/** Some days with use, one model of unknown price, one whose tokens kv counted. */
const VARIED = [
  entry(),
  entry({ mode: 'tools', model: 'claude-opus-9-with-a-rather-long-name', costUsd: null }),
  entry({ provider: 'ollama', model: 'qwen3:8b', estimated: true, costUsd: 0 }),
  entry({ at: Date.now() - 3 * DAY, estimated: true, costUsd: 2.2 }),
  entry({ at: Date.now() - 29 * DAY, costUsd: 0.01 }),
  entry({ at: Date.now() - 40 * DAY, costUsd: 777 }),
];
const BUDGETS = { perDay: { usd: 0.6, tokens: 300_000 }, perMonth: { usd: 1_000 } };

describe('kv usage', () => {
  it('says that nothing was spent', async () => {
    const { env } = freshHome();
    const { code, stdout, stderr } = await runKv(['usage'], env);
    expect(stdout).toMatch(
      /^Nothing was spent from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d: no model was asked\.\n$/,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('shows days, models, modes, totals and budgets, and says what is estimated or unknown', async () => {
    const { env } = await homeWith({ budgets: BUDGETS }, ...VARIED);
    const { code, stdout } = await runKv(['usage'], env);
    expect(code).toBe(0);
    const [title, chart] = stdout.split('\n');
    expect(title).toMatch(/^Last 30 days, .*, dollars a day$/);
    expect(chart).toMatch(/^▁ {25}█ {2}▂$/);
    const rows = (name: string) => stdout.split('\n').filter(line => line.startsWith(`${name} `));
    expect(rows('claude-opus-5')[0]).toMatch(/ 3 +~306,000 +~\$2\.76$/);
    expect(rows('claude-opus-9-with-a-rather-long-name')[0]).toMatch(/ 1 +102,000 +unknown price$/);
    expect(rows('qwen3:8b')[0]).toMatch(/ 1 +~102,000 +\$0\.00$/);
    expect(rows('tools')[0]).toMatch(/ 1 +102,000 +unknown price$/);
    expect(rows('all')).toHaveLength(3);
    for (const all of rows('all')) expect(all).toMatch(/ 5 +~510,000 +~\$2\.76 \+ unknown price$/);
    expect(stdout).toMatch(/today +█+░+ +91 % {2}\$0\.55 of \$0\.60 !\n/);
    expect(stdout).toMatch(/today +█+ +102 % {2}306,000 of 300,000 tokens used up\n/);
    expect(stdout).toMatch(/this month +█*░+ +0 % {2}\$\d\.\d\d of \$1,000\.00\n/);
    expect(stdout).toMatch(/~ counted by kv where the provider reported nothing/);
    expect(stdout).toMatch(/The price of claude-opus-9-with-a-rather-long-name is\s+unknown/);
    expect(stdout).not.toContain('777');
  });

  it.each([80, 40])('fits %i columns, in ASCII where the locale is not UTF-8', async columns => {
    const { env } = await homeWith({ budgets: BUDGETS }, ...VARIED);
    const { stdout } = await runKv(['usage'], { ...env, COLUMNS: String(columns), LANG: 'C' });
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns);
    expect(stdout).toMatch(/^[\n\x20-\x7e]+$/);
    expect(stdout).toContain('102 %');
  });

  it('shows one table, of fewer days', async () => {
    const { env } = await homeWith({}, ...VARIED);
    const { stdout } = await runKv(['usage', '--days', '2', '--by', 'mode'], env);
    expect(stdout).toMatch(/^Last 2 days/);
    expect(stdout).toMatch(/^all +3 +~306,000 +\$0\.55 \+ unknown price$/m);
    expect(stdout).not.toMatch(/qwen3|^day/m);
    expect(stdout).toContain('No budgets per day or month are set');
  });

  it('prints JSON for programs', async () => {
    const { env } = await homeWith({ budgets: BUDGETS }, ...VARIED);
    const { stdout } = await runKv(['usage', '--by', 'model', '--output', 'json'], env);
    const result = JSON.parse(stdout);
    expect(result).not.toHaveProperty('days');
    expect(result.models.map((row: { model: string }) => row.model)[0]).toBe('claude-opus-5');
    expect(result.total).toMatchObject({
      turns: 5,
      tokens: 510_000,
      costUsd: 2.76,
      unpriced: 1,
      estimated: true,
    });
    expect(result.budgets[1]).toMatchObject({ budget: 'perDay', unit: 'tokens', used: 306_000, share: 1.02 });
    expect(new Date(result.budgets[1].renewsAt).getTime()).toBeGreaterThan(Date.now());
  });

  it('refuses nonsense with one sentence', async () => {
    const { env } = freshHome();
    const run = await runKv(['usage', '--days', '99999'], env);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^kv: --days is 99999, and 3660 are the most\. .*\n$/);
  });
});

describe('budgets over several kv', () => {
  it('count what each process spent, tell the webhook once, and refuse before anything is sent', async () => {
    const answer = say('All is well.', { usage: { input_tokens: 20_000 }, outputTokens: 100 });
    await using model = await WireServer.start(answer, answer);
    await using hook = await WireServer.start(response => json(response, 200, {}));
    const budgets = { perDay: { usd: 0.2 }, webhook: `${hook.url}/services/SECRET` };
    const env = withModel(await homeWith({ budgets }), model);

    const both = await Promise.all([runKv(ASK, env), runKv(ASK, env)]);
    expect(both.map(run => [run.code, run.stdout])).toEqual([
      [0, 'All is well.\n'],
      [0, 'All is well.\n'],
    ]);
    const third = await runKv(ASK, env);
    expect(third.code).toBe(5);
    expect(third.stderr).toMatch(
      /The daily budget is used up: \$0\.21 of \$0\.20; it renews on \d{4}-\d\d-\d\d at 00:00\..*Raise budgets\.perDay\.usd/,
    );
    expect(model.received).toHaveLength(2);
    expect(hook.received.map(({ body }) => body)).toEqual([
      {
        text: expect.stringMatching(
          /^kv: the daily budget is used up: \$0\.21 of \$0\.20 in \d{4}-\d\d-\d\d\.$/,
        ),
      },
    ]);
    for (const run of [...both, third]) expect(run.stderr + run.stdout).not.toContain('SECRET');

    const offline = await runKv([...ASK, '--model', 'offline'], env);
    expect(offline.code, offline.stderr).toBe(0);
  });

  it('end one question at its own budget, with what is known', async () => {
    const script = say('```ts\nreturn 1;\n```', { usage: { input_tokens: 20_000 }, outputTokens: 100 });
    await using model = await WireServer.start(script, script);
    const env = withModel(await homeWith({}), model);
    const run = await runKv([...ASK, '--budget-usd', '0.12'], env);
    expect(run.code).toBe(5);
    expect(run.stderr).toMatch(/85 % of the budget of this investigation is used: \$0\.10 of \$0\.12\./);
    expect(run.stderr).toMatch(/The budget of this investigation is used up: \$0\.21 of \$0\.12\./);
    expect(run.stdout).toMatch(/^Stopped at the budget/);
    expect(model.received).toHaveLength(2);
    const { stdout } = await runKv(['usage', '--days', '1'], env);
    expect(stdout).toMatch(/^claude-opus-5 +2 +40,200 +\$0\.21$/m);
  });

  it('does not fail or wait for a webhook that cannot be told', async () => {
    const answer = say('All is well.', { usage: { input_tokens: 20_000 }, outputTokens: 100 });
    await using model = await WireServer.start(answer);
    const budgets = { perDay: { usd: 0.1 }, webhook: 'http://127.0.0.1:9/services/SECRET' };
    const run = await runKv(ASK, withModel(await homeWith({ budgets }), model));
    expect(run).toMatchObject({ code: 0, stdout: 'All is well.\n' });
    expect(run.stderr.match(/budget webhook was not told: it cannot be reached/g)).toHaveLength(1);
    expect(run.stderr).not.toMatch(/SECRET|127\.0\.0\.1:9/);
  });
});

describe('a config file that is wrong about budgets', () => {
  it.each([
    [{ budgets: { perDay: { usd: 'five' } } }, /budgets\.perDay\.usd: .*expected number/],
    [{ budgets: { perDay: { tokens: 0 } } }, /budgets\.perDay\.tokens: /],
    [{ budgets: { perday: {} } }, /unknown setting "budgets\.perday"\. Did you mean "perDay"\?/],
    [{ budgets: { warnAt: 80 } }, /budgets\.warnAt: /],
    [{ budgets: { webhook: 'ftp://SECRET' } }, /budgets\.webhook: Invalid URL/],
    [{ prices: { 'my-model': { input: 1 } } }, /prices\.my-model\.output: /],
    [{ prices: { 'my-model': { input: 1, output: 2, cached: 1 } } }, /"prices\.my-model\.cached".*cacheRead/],
  ])('%j is one sentence with the path', async (config, sentence) => {
    const { env } = await homeWith(config);
    const { code, stdout, stderr } = await runKv(['usage'], env);
    expect(stderr).toMatch(/^kv: The config file [^\n]*\n$/);
    expect(stderr).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('SECRET');
  });

  it('takes a flag that is no amount for a mistake', async () => {
    const { env } = freshHome();
    const run = await runKv([...ASK, '--budget-usd', '-1'], env);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/'--budget-usd <n>' argument '-1' is invalid\. It must be a number above 0/);
  });
});
