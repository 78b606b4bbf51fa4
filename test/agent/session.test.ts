import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { ModelError } from '../../src/llm/index.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const SECRET = 'c0rrect-horse-battery';

const OBJECTS: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'checkout-1',
      namespace: 'shop',
      uid: 'u1',
      resourceVersion: '5',
      labels: { app: 'checkout' },
    },
    spec: {
      containers: [{ name: 'app', image: 'shop/checkout:1', env: [{ name: 'API_TOKEN', value: SECRET }] }],
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          restartCount: 9,
          ready: false,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        },
      ],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'shop', uid: 'u2', resourceVersion: '6', generation: 1 },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'checkout' } },
      template: {
        metadata: { labels: { app: 'checkout' } },
        spec: { containers: [{ name: 'app', image: 'shop/checkout:1' }] },
      },
    },
    status: { replicas: 1 },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop' },
    type: 'Opaque',
    data: { password: Buffer.from(SECRET).toString('base64') },
  },
];
const LOGS = {
  'shop/checkout-1/app': `INFO start\nFATAL: DATABASE_URL is not set\nDEBUG connecting with password=${SECRET}\n`,
};

const script = (code: string, words = 'Looking.') => `${words}\n\`\`\`ts\n${code}\n\`\`\``;
const REPORT = `REPORT
Verdict: cause-found
Root cause: DATABASE_URL is not set.
Confidence: high
Affected:
- Pod shop/checkout-1
Evidence:
- "FATAL: DATABASE_URL is not set" — k8s.logs shop/checkout-1`;

const opened: SessionController[] = [];
async function open(...args: Parameters<typeof openTestSession>) {
  const session = await openTestSession(args[0], args[1], { namespace: 'shop', ...args[2] });
  opened.push(session.controller);
  return session;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

describe('a session', () => {
  it('goes from a question through a script to a verified report', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script(
        "const { lines } = await k8s.logs({ pod: 'checkout-1' });\nreturn lines.filter(line => line.includes('FATAL'));",
      ),
      REPORT,
    ]);
    await session.controller.ask('why is checkout crashing?');
    const [finished] = session.of('finished');
    expect(finished).toMatchObject({ status: 'answered', turns: 2, calls: 1 });
    expect(session.of('script-finished')[0]).toMatchObject({
      ok: true,
      result: '["FATAL: DATABASE_URL is not set"]',
    });
    const { report } = session.of('report')[0]!;
    expect(report.evidence).toEqual([
      { quote: 'FATAL: DATABASE_URL is not set', source: 'k8s.logs shop/checkout-1', verified: true },
    ]);
    expect(report.confidence).toBe('high');
    expect(session.events.map(event => event.seq)).toEqual(session.events.map((_, i) => i + 1));
    expect(session.calls).toHaveLength(1);
  });

  it('never lets a secret reach the model, the events or the journal', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script(
        `const secret = await k8s.get({ kind: 'Secret', name: 'db' });
const pod = await k8s.get({ kind: 'Pod', name: 'checkout-1' });
const logs = await k8s.logs({ pod: 'checkout-1' });
console.log(JSON.stringify(secret), String(secret.data.password));
return { secret, env: pod.spec.containers[0].env, logs };`,
      ),
      'Nothing to see.',
    ]);
    await session.controller.ask(`is ${SECRET} right?`);
    expect(session.of('script-finished')[0]!.ok).toBe(true);
    const everything = JSON.stringify([session.events, session.calls, session.model.requests]);
    const afterQuestion = everything.replaceAll(`is ${SECRET} right?`, '');
    expect(afterQuestion).not.toContain(SECRET);
    expect(afterQuestion).not.toContain(Buffer.from(SECRET).toString('base64'));
    expect(afterQuestion).toContain('DATABASE_URL is not set');
  });

  it('sends type errors back without running anything', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script("return (await k8s.listPods({ namespace: 'shop' })).length"),
      'It has one pod.',
    ]);
    await session.controller.ask('how many pods?');
    expect(session.of('script-checked')[0]).toMatchObject({ ok: false });
    expect(session.of('call-started')).toEqual([]);
    const sent = JSON.stringify(session.model.requests[1]!.messages.at(-1));
    expect(sent).toContain('does not type-check');
    expect(sent).toContain('k8s.pods');
    expect(session.of('answer')[0]!.text).toBe('It has one pod.');
  });

  it('explains a failed call with its line', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script("const a = 1;\nreturn k8s.get({ kind: 'Deployment', name: 'chekcout' })"),
      'I see.',
    ]);
    await session.controller.ask('what is it?');
    const { error } = session.of('script-finished')[0]!;
    expect(error).toMatchObject({ name: 'CallError', line: 2 });
    expect(error!.message).toMatch(/checkout/);
  });

  it('keeps state and conversation over questions', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script("await state.set({ key: 'seen', value: [1, 2] }); return 'kept'"),
      'Kept.',
      script("return state.get({ key: 'seen' })"),
      'It is [1,2].',
    ]);
    await session.controller.ask('remember');
    await session.controller.ask('recall');
    expect(session.of('script-finished')[1]!.result).toContain('[1,2]');
    expect(session.model.requests[3]!.messages).toHaveLength(7);
    expect(session.of('finished').map(event => event.turns)).toEqual([2, 2]);
  });

  it('stops at the turn limit with what is known', async () => {
    let i = 0;
    const session = await open(
      writeBundle(OBJECTS, LOGS),
      Array.from({ length: 9 }, () => () => script(`return ${++i}`)),
      {
        limits: { turns: 3, calls: 10, tokens: 1e6, wallMs: 60_000 },
      },
    );
    await session.controller.ask('why?');
    expect(session.of('finished')[0]).toMatchObject({ status: 'limit', turns: 4 });
    expect(JSON.stringify(session.model.requests[3]!.messages.at(-1))).toContain('Write the REPORT now');
    expect(session.of('answer')[0]!.text).toContain('limit of 3 turns');
  });

  it('nudges a model that repeats itself, then stops', async () => {
    const session = await open(
      writeBundle(OBJECTS, LOGS),
      Array.from({ length: 9 }, () => script('return 1')),
    );
    await session.controller.ask('why?');
    expect(session.of('nudge').map(event => event.reason)).toEqual(['same script', 'same script']);
    expect(session.of('finished')[0]).toMatchObject({ status: 'limit', turns: 4 });
  });

  it('reports a model that cannot be had', async () => {
    const error = new ModelError('There is no model "x".', { hint: 'Choose another.' });
    const session = await open(writeBundle(OBJECTS, LOGS), [{ error }]);
    await session.controller.ask('why?');
    expect(session.of('finished')[0]).toMatchObject({
      status: 'model-unavailable',
      message: 'There is no model "x".',
      hint: 'Choose another.',
    });
  });

  it('never runs half a script', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      { text: 'Look.\n```ts\nconst x = await k8s.pods()\nawait k8s.dele', reason: 'cut' },
      'Sorry.',
    ]);
    await session.controller.ask('why?');
    expect(session.of('script-started')).toEqual([]);
    expect(JSON.stringify(session.model.requests[1]!.messages.at(-1))).toContain('cut off');
  });
});

describe('cancelling', () => {
  it('stops a model that is still answering', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      (_request, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ]);
    const asked = session.controller.ask('why?');
    await session.next('turn-started');
    session.controller.cancel();
    await asked;
    expect(session.of('finished')[0]!.status).toBe('cancelled');
  });

  it('stops a script and its calls, and the next question works', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [script('await sleep(60000); return 1'), 'Yes.']);
    const asked = session.controller.ask('why?');
    await session.next('call-started');
    session.controller.cancel();
    await asked;
    expect(session.of('finished')[0]!.status).toBe('cancelled');
    await session.controller.ask('still there?');
    expect(session.of('answer').at(-1)!.text).toBe('Yes.');
  });

  it('stops while a person is asked, and changes nothing', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script("return k8s.scale({ kind: 'Deployment', name: 'checkout', replicas: 3 })"),
    ]);
    const asked = session.controller.ask('scale it');
    await session.next('approval-requested');
    session.controller.cancel();
    await asked;
    expect(session.of('finished')[0]!.status).toBe('cancelled');
    expect(session.of('change-applied')).toEqual([]);
  });
});

describe('approvals', () => {
  const scale = script(
    "const r = await k8s.scale({ kind: 'Deployment', name: 'checkout', replicas: 3 });\nreturn r",
  );

  it('shows the exact change with its diff, and applies it when allowed', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      scale,
      script("return (await k8s.get({ kind: 'deploy', name: 'checkout' })).spec.replicas"),
      'Done.',
    ]);
    const asked = session.controller.ask('scale checkout to 3');
    const { approval } = await session.next('approval-requested');
    expect(approval.changes).toHaveLength(1);
    expect(approval.changes[0]).toMatchObject({ kind: 'Deployment', namespace: 'shop', name: 'checkout' });
    expect(approval.changes[0]!.diff).toMatch(/-.*replicas: 1[\s\S]*\+.*replicas: 3/);
    session.controller.decide(approval.id, { outcome: 'allow' });
    await asked;
    expect(session.of('change-applied')).toHaveLength(1);
    expect(session.of('script-finished')[1]!.result).toBe('3');
  });

  it('lets the script catch a denial with its reason', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script(
        "try { await k8s.scale({ kind: 'Deployment', name: 'checkout', replicas: 3 }) } catch (error) { return String(error.message) }",
      ),
      'Understood.',
    ]);
    const asked = session.controller.ask('scale it');
    const { approval } = await session.next('approval-requested');
    session.controller.decide(approval.id, { outcome: 'deny', reason: 'not during the freeze' });
    await asked;
    expect(session.of('script-finished')[0]!.result).toContain('not during the freeze');
    expect(session.of('change-applied')).toEqual([]);
  });

  it('puts changes of one tick on one card', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      script(
        "await Promise.all([k8s.label({ kind: 'Pod', name: 'checkout-1', labels: { a: '1' } }), k8s.label({ kind: 'Deployment', name: 'checkout', labels: { a: '1' } })]);\nreturn 'ok'",
      ),
      'Done.',
    ]);
    const asked = session.controller.ask('label them');
    const { approval } = await session.next('approval-requested');
    expect(approval.changes.map(change => change.kind).sort()).toEqual(['Deployment', 'Pod']);
    session.controller.decide(approval.id, { outcome: 'allow' });
    await asked;
    expect(session.of('approval-requested')).toHaveLength(1);
    expect(session.of('change-applied')).toHaveLength(2);
  });

  it('asks no more after "for the session", until that is revoked', async () => {
    const session = await open(writeBundle(OBJECTS, LOGS), [
      scale,
      script("return k8s.scale({ kind: 'Deployment', name: 'checkout', replicas: 4 })"),
      'Done.',
    ]);
    const asked = session.controller.ask('scale it twice');
    const { approval } = await session.next('approval-requested');
    session.controller.decide(approval.id, { outcome: 'allow-session' });
    await asked;
    expect(session.of('change-applied')).toHaveLength(2);
    expect(session.of('approval-decided').at(-1)).toMatchObject({ by: 'grant' });
    const [grant] = session.controller.grants();
    session.controller.revoke(grant!);
    expect(session.controller.grants()).toEqual([]);
  });

  it('denies without a terminal, and in read-only mode', async () => {
    for (const options of [{ interactive: false }, { readOnly: true }]) {
      const session = await open(writeBundle(OBJECTS, LOGS), [scale, 'It was denied.'], options);
      await session.controller.ask('scale it');
      expect(session.of('script-finished')[0]!.ok).toBe(false);
      expect(session.of('change-applied')).toEqual([]);
      expect(JSON.stringify(session.model.requests[1]!.messages.at(-1))).toMatch(/denied|read-only/i);
    }
  });
});

describe('resuming', () => {
  it('goes on with the conversation of an interrupted session', async () => {
    const bundle = writeBundle(OBJECTS, LOGS);
    const first = await open(bundle, [script('return 41'), 'It is 41.', script('await sleep(60000)')]);
    await first.controller.ask('what is it?');
    void first.controller.ask('and now?');
    await first.next('call-started');
    const events = [...first.events];
    const second = await open(bundle, ['It was 41.'], { past: { events, calls: first.calls, state: [] } });
    await second.controller.ask('what was it?');
    const messages = second.model.requests[0]!.messages;
    expect(messages.map(message => message.role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    expect(JSON.stringify(messages)).toContain('interrupted before this script finished');
    expect(second.events[0]).toMatchObject({
      type: 'session-started',
      resumed: true,
      seq: events.at(-1)!.seq + 1,
    });
  });
});
