import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { openSnapshot } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import type { ContentPart, ModelMessage, ModelRequest } from '../../src/llm/port.ts';
import { KvError } from '../../src/shared/errors.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const SECRET = 'c0rrect-horse-battery';

function deployment(name: string): BundleObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', uid: `d-${name}`, resourceVersion: '6', generation: 1 },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: `shop/${name}:1` }] },
      },
    },
    status: { replicas: 1 },
  };
}

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
      creationTimestamp: '2026-11-20T10:00:00Z',
      labels: { app: 'checkout' },
    },
    spec: {
      nodeName: 'node-1',
      containers: [
        {
          name: 'app',
          image: 'shop/checkout:1',
          env: [{ name: 'API_TOKEN', value: SECRET }],
          terminationMessagePath: '/dev/termination-log',
        },
      ],
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
  deployment('checkout'),
  deployment('frontend'),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop' },
    type: 'Opaque',
    data: { password: Buffer.from(SECRET).toString('base64') },
  },
];
const LONG_LOG = Array.from({ length: 600 }, (_, i) => `line ${i} of what checkout writes while it runs`);
const LOGS = {
  'shop/checkout-1/app': `${LONG_LOG.join('\n')}\nFATAL: DATABASE_URL is not set\nDEBUG password=${SECRET}\n`,
};

const opened: SessionController[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

async function open(
  steps: Parameters<typeof openTestSession>[1],
  options: Parameters<typeof openTestSession>[2] = {},
) {
  const session = await openTestSession(writeBundle(OBJECTS, LOGS), steps, {
    namespace: 'shop',
    mode: 'tools',
    ...options,
  });
  opened.push(session.controller);
  return session;
}

const call = (name: string, input: unknown = {}) => ({ name, input });

/** The results that the model read in its nth request. */
function read(session: { model: { requests: readonly ModelRequest[] } }, nth: number) {
  const { content } = session.model.requests[nth - 1]!.messages.at(-1)!;
  return content.filter(
    (part): part is Extract<ContentPart, { type: 'tool-result' }> => part.type === 'tool-result',
  );
}

/** What providers refuse: roles that do not alternate, calls without results, results that are not first. */
function expectValid({ messages, tools }: ModelRequest) {
  const offered = new Set(tools?.map(tool => tool.name));
  let open: string[] = [];
  for (const [i, message] of messages.entries()) {
    expect(message.role).toBe(i % 2 === 0 ? 'user' : 'assistant');
    const ids = (part: ContentPart) => (part.type === 'tool-result' ? [part.id] : []);
    expect(message.content.slice(0, open.length).flatMap(ids)).toEqual(open);
    expect(message.content.slice(open.length).flatMap(ids)).toEqual([]);
    const calls = message.content.filter(part => part.type === 'tool-call');
    for (const { name } of calls) expect(offered).toContain(name);
    open = calls.map(part => part.id);
    expect(message.content).not.toEqual([]);
  }
  expect(open).toEqual([]);
}

describe('calls of one answer', () => {
  it('go out together and come back in their order', async () => {
    const session = await open([
      { toolCalls: [call('k8s_pods'), call('k8s_get', { kind: 'deploy', name: 'checkout' })] },
      'It crashes.',
    ]);
    await session.controller.ask('why is checkout down?');
    const order = session.events.map(event => event.type).filter(type => type.startsWith('call-'));
    expect(order.slice(0, 2)).toEqual(['call-started', 'call-started']);
    expect(session.of('call-started').map(event => [event.name, event.line, event.step])).toEqual([
      ['k8s.pods', 0, 1],
      ['k8s.get', 0, 1],
    ]);
    const [pods, object] = read(session, 2);
    expect(pods!.text).toContain('CrashLoopBackOff');
    expect(object!.text).toContain('image: shop/checkout:1');
    expect(session.of('tools-answered')).toHaveLength(1);
    expect(session.of('answer')[0]!.text).toBe('It crashes.');
    for (const request of session.model.requests) expectValid(request);
  });

  it('are understood in the spellings and types that models use', async () => {
    const session = await open([
      {
        toolCalls: [
          call('k8s.logs', { pod: 'checkout-1', tailLines: '2', container: null }),
          call('functions.k8s_list', '{"kind":"Deployment","fields":"spec.replicas"}'),
        ],
      },
      'Seen.',
    ]);
    await session.controller.ask('why?');
    const [logs, list] = read(session, 2);
    expect(logs!.text).toContain('FATAL: DATABASE_URL is not set');
    expect(list!.text).toMatch(/spec\.replicas: 1/);
    expect([logs!.isError, list!.isError]).toEqual([false, false]);
  });

  it('are made where a model wrote them down instead', async () => {
    const session = await open([
      '```json\n{"name": "k8s_get", "arguments": {"kind": "Deployment", "name": "checkout"}}\n```',
      'Seen.',
    ]);
    await session.controller.ask('why?');
    expect(read(session, 2)[0]!.text).toContain('image: shop/checkout:1');
    expect(session.of('turn-finished')[0]).toMatchObject({ text: '', toolCalls: [{ name: 'k8s_get' }] });
  });

  it('that do not exist, or cannot work, teach', async () => {
    const session = await open([
      {
        toolCalls: [
          call('k8s_getPods'),
          call('k8s_get', { kind: 'Deployment', name: 'chekcout' }),
          call('k8s_logs', { tailLines: 5 }),
        ],
      },
      'I see.',
    ]);
    await session.controller.ask('why?');
    const [missing, invalid] = read(session, 2);
    expect(missing!.isError && invalid!.isError).toBe(true);
    expect(JSON.stringify(session.model.requests[1]!.messages.at(-1))).toMatch(
      /no tool k8s_getPods.*k8s_pods\(/,
    );
    expect(missing!.text).toContain('checkout');
    expect(invalid!.text).toMatch(/pod: .*pod, namespace/s);
    for (const request of session.model.requests) expectValid(request);
  });

  it('are not carried out by half', async () => {
    const session = await open([
      { toolCalls: [call('k8s_delete', { kind: 'Pod', name: 'checkout-1' })], reason: 'length' },
      { text: 'Let me s', reason: 'cut' },
      'Sorry.',
    ]);
    await session.controller.ask('delete checkout-1 and say why');
    expect(session.of('call-started')).toEqual([]);
    expect(read(session, 2)[0]!.text).toContain('nothing was run');
    expect(session.of('answer').map(event => event.text)).toEqual(['Sorry.']);
    for (const request of session.model.requests) expectValid(request);
  });

  it('written as text are not run', async () => {
    const session = await open([
      'Let me look.\n```ts\nreturn await k8s.pods()\n```',
      '',
      'Its command:\n```\nsleep 1\n```\nIt ends at once.',
    ]);
    await session.controller.ask('why?');
    expect(session.of('call-started')).toEqual([]);
    expect(JSON.stringify(session.model.requests[1]!.messages.at(-1))).toContain('Call the tools themselves');
    expect(session.of('answer')[0]!.text).toContain('It ends at once.');
  });
});

describe('a cluster that is gone', () => {
  it('ends the question, and the next one can be asked', async () => {
    const snapshot = await openSnapshot(writeBundle(OBJECTS, LOGS), { signal: AbortSignal.timeout(10_000) });
    let isGone = true;
    const cluster: Transport = Object.create(snapshot, {
      revision: { get: () => snapshot.revision },
      request: {
        value: (...args: Parameters<Transport['request']>) => {
          if (isGone) throw new KvError('cluster-unreachable', 'The cluster does not answer.');
          return snapshot.request(...args);
        },
      },
    });
    const session = await openTestSession(
      cluster,
      [{ toolCalls: [call('k8s_pods', { namespace: 'shop' })] }, 'It is back.'],
      { mode: 'tools' },
    );
    opened.push(session.controller);
    await session.controller.ask('why is checkout down?');
    expect(session.of('finished')[0]!.status).toBe('cluster-unreachable');
    isGone = false;
    await session.controller.ask('and now?');
    expectValid(session.model.requests[1]!);
    expect(session.of('answer')[0]!.text).toBe('It is back.');
  });
});

describe('long results', () => {
  it('come in pages, the newest log lines first, without a second call', async () => {
    const logs = { pod: 'checkout-1', tailLines: 1000 };
    const session = await open([
      { toolCalls: [call('k8s_logs', logs)] },
      { toolCalls: [call('k8s_logs', { page: 2, ...logs }), call('k8s_logs', { ...logs, page: '3' })] },
      { toolCalls: [call('k8s_logs', { ...logs, page: 9 })] },
      'Seen.',
    ]);
    await session.controller.ask('what does checkout write?');
    const [first] = read(session, 2);
    expect(first!.text.length).toBeLessThan(10_500);
    expect(first!.text).toContain('FATAL: DATABASE_URL is not set');
    expect(first!.text).not.toContain('line 0 of');
    expect(first!.text).toContain('k8s_logs({"pod":"checkout-1","tailLines":1000,"page":2})');
    const texts = [first!, ...read(session, 3)].map(result => result.text);
    for (const line of LONG_LOG)
      expect(texts.filter(text => text.split('\n').includes(line))).toHaveLength(1);
    expect(read(session, 4)[0]!.text).toMatch(/no page 9: the result has \d/);
    expect(session.of('call-started')).toHaveLength(1);
  });
});

describe('the tools that are offered', () => {
  const names = (request: ModelRequest) => request.tools!.map(tool => tool.name);

  it('are few for a look-up, and only become more', async () => {
    const session = await open([
      'It is.',
      { toolCalls: [call('tools_search', { query: 'restart a workload' })] },
      { toolCalls: [call('k8s_rolloutHistory', { name: 'checkout' })] },
      'Done.',
    ]);
    await session.controller.ask('is pod checkout-1 running?');
    await session.controller.ask('why does checkout crash?');
    const [lookup, why, found, used] = session.model.requests.map(names);
    expect(lookup).toHaveLength(4);
    expect(why!.slice(0, 4)).toEqual(lookup);
    expect(why).not.toContain('k8s_restart');
    expect(found!.slice(0, why!.length)).toEqual(why);
    expect(found).toContain('k8s_restart');
    expect(read(session, 3)[0]!.text).toContain('k8s_restart: Restart the pods');
    expect(used).toContain('k8s_rolloutHistory');
    for (const name of used!) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    for (const request of session.model.requests) expectValid(request);
  });

  it('say what they do, without what a call is told anyway', async () => {
    const session = await open(['Fine.']);
    await session.controller.ask('why does checkout crash?');
    const { tools, system } = session.model.requests[0]!;
    expect(tools!.every(tool => tool.description.length > 10)).toBe(true);
    expect(JSON.stringify(tools)).not.toMatch(/\$schema|additionalProperties|minLength|maximum/);
    expect(system[0]!.text).toContain('Verdict: cause-found | healthy | inconclusive');
  });
});

describe('changes', () => {
  const both = [
    call('k8s_scale', { name: 'checkout', replicas: 3 }),
    call('k8s_scale', { name: 'frontend', replicas: 2 }),
  ];

  it('of one answer share a card, in the order of the calls', async () => {
    const session = await open([{ toolCalls: [...both, call('k8s_pods')] }, 'Scaled.']);
    const asked = session.controller.ask('scale both');
    const { approval } = await session.next('approval-requested');
    expect(approval.changes.map(change => change.name)).toEqual(['checkout', 'frontend']);
    session.controller.decide(approval.id, { outcome: 'allow' });
    await asked;
    expect(session.of('approval-requested')).toHaveLength(1);
    expect(session.of('change-applied')).toHaveLength(2);
    expect(read(session, 2).map(result => result.isError)).toEqual([false, false, false]);
  });

  it('that a person denies come back with the reason', async () => {
    const session = await open([{ toolCalls: both }, 'Understood.']);
    const asked = session.controller.ask('scale both');
    const { approval } = await session.next('approval-requested');
    session.controller.decide(approval.id, { outcome: 'deny', reason: 'not during the freeze' });
    await asked;
    expect(session.of('change-applied')).toEqual([]);
    for (const result of read(session, 2)) {
      expect(result.isError).toBe(true);
      expect(result.text).toContain('not during the freeze');
    }
  });
});

describe('what the model reads', () => {
  it('hides secrets behind handles that can be compared', async () => {
    const session = await open([
      {
        toolCalls: [
          call('k8s_get', { kind: 'Secret', name: 'db' }),
          call('k8s_get', { kind: 'Pod', name: 'checkout-1' }),
          call('k8s_logs', { pod: 'checkout-1', tailLines: 5 }),
          call('k8s_get', { kind: 'Secret', name: SECRET }),
        ],
      },
      'Nothing to see.',
    ]);
    await session.controller.ask('are the secrets right?');
    const everything = JSON.stringify(session.model.requests[1]!.messages.slice(2));
    expect(everything).not.toContain(SECRET);
    expect(everything).not.toContain(Buffer.from(SECRET).toString('base64'));
    const [secret, pod] = read(session, 2);
    const placeholder = /password: \{\$secret: (\S+), length: 21, sha256: [0-9a-f]{64}\}/.exec(
      secret!.text,
    )?.[1];
    expect(pod!.text).toContain(`name: API_TOKEN, value: ${placeholder}`);
    expect(pod!.text).not.toContain('terminationMessagePath');
  });

  it('can be quoted as it was shown; inventions cannot', async () => {
    const report = [
      'REPORT',
      'Verdict: cause-found',
      'Root cause: DATABASE_URL is not set.',
      'Confidence: high',
      'Affected:',
      '- Pod shop/checkout-1',
      'Evidence:',
      '- "FATAL: DATABASE_URL is not set" — k8s_logs shop/checkout-1',
      '- "selector: {matchLabels: {app: checkout}}" — k8s_get',
      '- "FATAL: the moon is full" — k8s_logs shop/checkout-1',
    ].join('\n');
    const session = await open([
      {
        toolCalls: [
          call('k8s_logs', { pod: 'checkout-1', tailLines: 5 }),
          call('k8s_get', { kind: 'Deployment', name: 'checkout' }),
        ],
      },
      report,
    ]);
    await session.controller.ask('why?');
    const [event] = session.of('report');
    expect(event!.report.evidence.map(item => item.verified)).toEqual([true, true, false]);
    expect(event!.report.affected.map(item => item.verified)).toEqual([true]);
  });
});

describe('the conversation', () => {
  it('stays valid when the mode changes and changes back', async () => {
    const session = await open([
      { toolCalls: [call('k8s_pods')] },
      'One pod.',
      '```ts\nreturn (await k8s.pods()).items.length\n```',
      'Still one.',
      { toolCalls: [call('k8s_list', { kind: 'Deployment', fields: ['spec.replicas'] })] },
      'Two deployments.',
    ]);
    await session.controller.ask('how many pods are there?');
    session.controller.setMode('code');
    await session.controller.ask('and now?');
    session.controller.setMode('tools');
    await session.controller.ask('how many deployments are there?');
    for (const request of session.model.requests) expectValid(request);
    const inCode = JSON.stringify(session.model.requests[3]!.messages);
    expect(inCode).toContain('[called k8s_pods with {}]');
    expect(session.of('answer').at(-1)!.text).toBe('Two deployments.');
  });

  it('stays valid after a question that was stopped among its calls', async () => {
    const session = await open([
      { toolCalls: [call('k8s_wait', { kind: 'Pod', name: 'checkout-1', for: 'condition=Ready' })] },
      'It waits.',
    ]);
    const asked = session.controller.ask('wait for checkout-1');
    await session.next('call-started');
    session.controller.cancel();
    await asked;
    await session.controller.ask('what is it doing?');
    expectValid(session.model.requests[1]!);
    expect(session.of('answer')[0]!.text).toBe('It waits.');
  });

  it('is rebuilt on resume, with a result for every call', async () => {
    const waiting = call('k8s_wait', { kind: 'Pod', name: 'checkout-1', for: 'condition=Ready' });
    const first = await open([{ toolCalls: [call('k8s_pods')] }, 'It crashes.', { toolCalls: [waiting] }]);
    await first.controller.ask('why is checkout-1 down?');
    void first.controller.ask('wait for it');
    await first.next('call-started', 2);
    const past = { events: [...first.events], calls: first.calls, state: [] };
    const second = await open(['It crashed before.'], { past });
    await second.controller.ask('why did it crash?');
    const request = second.model.requests[0]!;
    expectValid(request);
    const texts = JSON.stringify(request.messages satisfies ModelMessage[]);
    expect(texts).toContain('CrashLoopBackOff');
    expect(texts).toContain('interrupted');
  });
});
