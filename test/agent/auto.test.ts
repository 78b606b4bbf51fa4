import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import type { SessionController } from '../../src/agent/controller.ts';
import { type AnyCapability, defineCapability } from '../../src/capabilities/define.ts';
import { createScriptedModel, type ScriptedStep } from '../../src/llm/index.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const pod = (name: string): BundleObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '5' },
  spec: {
    containers: [{ name: 'app', image: 'shop/web:1', command: ['sh', '-c', 'serve '.repeat(400)] }],
  },
  status: { phase: 'Running' },
});
const CLUSTER = writeBundle([
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  ...Array.from({ length: 40 }, (_, i) => pod(`web-${i}`)),
]);

/** Many more capabilities, as mounted servers bring them: naming them makes the prompt for scripts dear. */
const MOUNTED = Array.from({ length: 80 }, (_, i) =>
  defineCapability({
    name: `ledger.accountingPeriodNumber${i}`,
    effect: 'read',
    summary: 'Bookings of one accounting period',
    params: z.object({}),
    result: z.null(),
    examples: [],
    run: async () => null,
  }),
) as unknown as AnyCapability[];

const LOOKUP = 'is pod web-0 running?';
const get = (name: string): ScriptedStep => ({
  toolCalls: [{ name: 'k8s_get', input: { kind: 'Pod', name } }],
});

const opened: SessionController[] = [];
async function open(steps: ScriptedStep[], provider = 'scripted') {
  const model = { ...createScriptedModel(steps), provider };
  const session = await openTestSession(CLUSTER, steps, {
    namespace: 'shop',
    mode: 'auto',
    model,
    capabilities: [...allCapabilities(), ...MOUNTED],
  });
  opened.push(session.controller);
  const ask = async (question: string, nth = 1) => {
    await session.controller.ask(question);
    return session.next('finished', nth);
  };
  const modes = () => session.of('turn-started').map(event => event.mode);
  return { ...session, model, ask, modes };
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

const script = (code: string) => `Looking.\n\`\`\`ts\n${code}\n\`\`\``;

describe('auto mode', () => {
  it('works on everything that is no look-up by scripts, and says why', async () => {
    const session = await open([script('return (await k8s.pods({})).items.length;'), 'Forty pods are fine.']);
    await session.ask('why is web-0 slow?');
    expect(session.of('mode-chosen')).toMatchObject([
      { mode: 'code', reason: 'not a plain look-up: scripts' },
    ]);
    expect(session.modes()).toEqual(['code', 'code']);
    expect(session.model.requests[0]!.tools).toBeUndefined();
  });

  it('answers a look-up by tool calls where that is cheaper', async () => {
    const session = await open([get('web-0'), 'Yes, web-0 is running.']);
    await session.ask(LOOKUP);
    expect(session.of('mode-chosen')).toMatchObject([
      { mode: 'tools', reason: expect.stringContaining('a look-up') },
    ]);
    expect(session.modes()).toEqual(['tools', 'tools']);
    expect(session.of('answer')[0]!.text).toBe('Yes, web-0 is running.');
    const [request] = session.model.requests;
    expect(JSON.stringify(request!.system)).not.toContain('TypeScript');
    expect(request!.tools!.map(tool => tool.name)).toContain('k8s_get');
  });

  it('goes on with scripts when a look-up turns out to be more, and never goes back', async () => {
    const session = await open([
      get('web-0'),
      get('web-1'),
      get('web-2'),
      script('return (await k8s.pods({})).items.length;'),
      'Yes, and so are the others.',
    ]);
    const finished = await session.ask(LOOKUP);
    expect(finished.status).toBe('answered');
    expect(session.modes()).toEqual(['tools', 'tools', 'tools', 'code', 'code']);
    expect(session.of('mode-chosen').map(event => event.reason)[1]).toBe(
      'more than a look-up: no answer after 3 turns of tool calls',
    );
    const request = session.model.requests[3]!;
    const words = JSON.stringify(request.messages);
    expect(request.tools).toBeUndefined();
    expect(words).not.toContain('"tool-call"');
    expect(words).toContain('[called k8s_get with');
    expect(words).toContain('From now on you work by scripts');
    expect(JSON.stringify(request.system)).toContain('TypeScript');
  });

  it('goes on with scripts when a result does not fit on one page', async () => {
    const list = { toolCalls: [{ name: 'k8s_list', input: { kind: 'Pod' } }] };
    const session = await open([list, script('return 1;'), 'Yes.']);
    await session.ask(LOOKUP);
    expect(session.modes()).toEqual(['tools', 'code', 'code']);
    expect(session.of('mode-chosen')[1]!.reason).toMatch(/more than one page/);
  });

  it('decides anew for every question', async () => {
    const session = await open([get('web-0'), 'Yes.', 'Nothing is wrong.']);
    await session.ask(LOOKUP);
    await session.ask('why did web-0 fail yesterday?', 2);
    expect(session.modes()).toEqual(['tools', 'tools', 'code']);
    expect(JSON.stringify(session.model.requests[2]!.messages)).toContain('Yes.');
  });

  it('always lets the offline model write scripts', async () => {
    const session = await open(['Yes.'], 'offline');
    await session.ask(LOOKUP);
    expect(session.of('mode-chosen')).toMatchObject([
      { mode: 'code', reason: 'the offline model writes scripts' },
    ]);
  });
});

/** A fake model that needs a second turn for every look-up: it says what its script, or its tool call, returned. */
const inTwoTurns =
  (code: string): ScriptedStep =>
  ({ tools, messages }) => {
    const said = JSON.stringify(messages.at(-1));
    if (/Result of your script|"tool-result"/.test(said)) return 'Yes, it is running.';
    const name = /is pod (web-\d+) running/.exec(said)?.[1] ?? 'web-0';
    return tools ? { toolCalls: [{ name: 'k8s_get', input: { kind: 'Pod', name } }] } : script(code);
  };
const inOneTurn: ScriptedStep = () => script("return finish('Yes, it is running.');");

describe('what auto mode learns about look-ups', () => {
  const PODS = writeBundle([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ...Array.from({ length: 5 }, (_, i) => ({
      ...pod(`web-${i}`),
      spec: { containers: [{ name: 'app', image: 'shop/web:1' }] },
    })),
  ]);
  const RETURNS = 'return (await k8s.pods({})).items.map(({ name, status }) => ({ name, status }));';

  /** Five look-ups of one session: their modes, and the tokens of each. */
  async function lookups(step: ScriptedStep, mode: 'code' | 'tools' | 'auto', switchAfter = 5) {
    const steps = Array.from({ length: 20 }, () => step);
    const model = createScriptedModel(steps);
    const session = await openTestSession(PODS, steps, {
      namespace: 'shop',
      mode,
      model,
      createModel: async () => createScriptedModel(steps, { id: 'another' }),
    });
    opened.push(session.controller);
    const tokens: number[] = [];
    const modes: string[] = [];
    for (let i = 0; i < 5; i++) {
      if (i === switchAfter) await session.controller.setModel('another');
      const before = session.of('turn-finished').length;
      await session.controller.ask(`is pod web-${i} running?`);
      expect((await session.next('finished', i + 1)).status).toBe('answered');
      const turns = session.of('turn-finished').slice(before);
      tokens.push(turns.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0));
      modes.push(session.of('turn-started').at(-1)!.mode);
    }
    return { modes, tokens, sum: tokens.reduce((a, b) => a + b, 0) };
  }

  it('stays near the cheaper mode with a model that needs two turns for every look-up', async () => {
    const step = inTwoTurns(RETURNS);
    const code = await lookups(step, 'code');
    const tools = await lookups(step, 'tools');
    const auto = await lookups(step, 'auto');
    expect(auto.modes).toEqual(['code', 'tools', 'tools', 'tools', 'tools']);
    expect(tools.sum).toBeLessThan(code.sum);
    const first = Math.abs(code.tokens[0]! - tools.tokens[0]!);
    expect(auto.sum).toBeLessThanOrEqual(1.1 * tools.sum + first);
  });

  it('keeps to scripts with a model that ends look-ups in them', async () => {
    const auto = await lookups(inOneTurn, 'auto');
    expect(auto.modes).toEqual(Array(5).fill('code'));
  });

  it('knows nothing of a model that was just chosen', async () => {
    const auto = await lookups(inTwoTurns(RETURNS), 'auto', 3);
    expect(auto.modes.slice(0, 4)).toEqual(['code', 'tools', 'tools', 'code']);
  });
});
