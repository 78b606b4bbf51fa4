import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allCapabilities } from '../../../src/agent/capabilities.ts';
import { type AnyCapability, defineCapability } from '../../../src/capabilities/define.ts';
import type { ScriptedStep } from '../../../src/llm/index.ts';
import { apply, succeed } from '../plane/parts/kubectl.ts';
import { createSettings } from '../support/fleet.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { calls, type LiveSession, openLiveSession, script } from '../support/session.ts';
import { simulated } from '../workloads/manifests.ts';

const LOOKUP = 'is deployment web available?';
const ANSWER = 'Yes, web is available.';
const GET = { kind: 'Deployment', name: 'web' };

/** How a competent model answers the look-up, whichever road it is on. */
const competent: ScriptedStep = request => {
  if (!request.tools) {
    return script(
      'I look at it.',
      `const { status } = await k8s.get(${JSON.stringify(GET)});
return finish(status.availableReplicas > 0 ? '${ANSWER}' : 'No, web is not available.');`,
    );
  }
  const [asked] = request.messages.at(-1)?.content ?? [];
  if (asked?.type !== 'tool-result') return { toolCalls: [{ name: 'k8s_get', input: GET }] };
  return /availableReplicas: [1-9]/.test(asked.text) ? ANSWER : `It says: ${asked.text}`;
};

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

describe('auto mode on a real cluster', () => {
  let namespace: string;
  const opened: LiveSession[] = [];
  const open = async (steps: ScriptedStep[], options: Parameters<typeof openLiveSession>[2] = {}) => {
    const session = await openLiveSession(namespace, steps, { mode: 'auto', ...options });
    opened.push(session);
    return session;
  };
  const modes = (session: LiveSession) => session.of('turn-started').map(event => event.mode);
  const withMounted = { capabilities: [...allCapabilities(), ...MOUNTED] };

  beforeAll(async () => {
    namespace = await newNamespace('auto');
    await apply(kubectl(), [simulated('web')], '-n', namespace);
    await createSettings(plane().users.admin, namespace, 100);
    await succeed(kubectl(), ['rollout', 'status', 'deploy/web', '-n', namespace, '--timeout=60s']);
  });
  afterEach(() => Promise.all(opened.splice(0).map(session => session.controller.close())));

  it.each([
    ['by scripts', 'kv alone', 'code', {}],
    ['by tool calls', 'many capabilities mounted', 'tools', withMounted],
  ])('answers a look-up %s with %s, which costs no more than tools mode', async (_how, _with, mode, more) => {
    const auto = await open([competent, competent], more);
    const tools = await open([competent, competent], { ...more, mode: 'tools' });
    await Promise.all([auto, tools].map(session => session.ask(LOOKUP)));
    expect([auto, tools].map(session => session.of('answer')[0]?.text)).toEqual([ANSWER, ANSWER]);
    expect(modes(auto)).toContain(mode);
    expect(new Set(modes(auto)).size).toBe(1);
    expect(auto.tokens()).toBeLessThanOrEqual(tools.tokens());
  });

  it('works on a why-question by scripts', async () => {
    const status = `return (await k8s.get(${JSON.stringify(GET)})).status;`;
    const session = await open([script('I look at it.', status), 'Nothing is wrong.'], withMounted);
    await session.ask('why is web slow?');
    expect(modes(session)).toEqual(['code', 'code']);
    expect(session.of('script-finished')[0]?.result).toContain('"availableReplicas":1');
  });

  it('goes on by scripts when a look-up turns out to be long, with what is known already', async () => {
    const list = { kind: 'ConfigMap', labelSelector: 'part=settings' };
    const session = await open(
      [
        calls(['k8s_list', list]),
        script(
          'I count them.',
          `const { items } = await k8s.list(${JSON.stringify(list)});\nreturn finish(\`\${items.length} settings.\`);`,
        ),
      ],
      withMounted,
    );
    expect(await session.ask('is setting-007 there?')).toMatchObject({ status: 'answered', turns: 2 });
    expect(modes(session)).toEqual(['tools', 'code']);
    expect(session.of('mode-chosen')[1]?.reason).toMatch(/more than one page/);
    expect(session.of('answer')[0]?.text).toBe('100 settings.');
    expect(JSON.stringify(session.model.requests[1]?.messages)).toContain('setting-007');
  });
});
