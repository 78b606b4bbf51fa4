import { afterEach, describe, expect, it } from 'vitest';
import type { ModeChoice } from '../../src/agent/events.ts';
import { openSnapshot } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import { createAnthropicModel } from '../../src/llm/index.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';
import { checked } from '../llm/anthropic-rules.ts';
import { answer, say, startStream } from '../llm/anthropic-wire.ts';
import { noWaiting, type Reply, WireServer } from '../llm/wire.ts';

const OBJECTS: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', resourceVersion: '5' },
    spec: { containers: [{ name: 'app', image: 'shop/web:1' }] },
    status: { phase: 'Running' },
  },
];

const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let ids = 0;
const use = (name: string, input: unknown, text = ''): Reply =>
  answer(
    [
      ...(text === '' ? [] : [{ type: 'text' as const, text }]),
      { type: 'tool_use', id: `toolu_${++ids}`, name, json: JSON.stringify(input) },
    ],
    { stop: 'tool_use' },
  );
const script = (code: string): Reply => say(`Looking.\n\`\`\`ts\n${code}\n\`\`\``);

/** A session with the Anthropic adapter and an API that refuses what the real one refuses. */
async function open(mode: ModeChoice, replies: Reply[], cluster?: Transport) {
  const server = await WireServer.start(...replies.map(checked));
  closers.push(() => server[Symbol.asyncDispose]());
  const model = createAnthropicModel({
    id: 'claude-sonnet-5-5',
    apiKey: 'sk-ant-test-0123456789',
    baseUrl: server.url,
    retry: noWaiting(),
  });
  const session = await openTestSession(cluster ?? writeBundle(OBJECTS), [], {
    namespace: 'shop',
    mode,
    model,
  });
  closers.push(() => session.controller.close());
  return { ...session, server };
}

/** Hangs at the first request for the pod; `reached` says when. */
async function hanging(): Promise<{ cluster: Transport; reached: Promise<void> }> {
  const snapshot = await openSnapshot(writeBundle(OBJECTS), {
    signal: AbortSignal.timeout(10_000),
    namespace: 'shop',
  });
  const reached = Promise.withResolvers<void>();
  let hung = false;
  const cluster: Transport = Object.create(snapshot, {
    revision: { get: () => snapshot.revision },
    capturedAt: { get: () => snapshot.capturedAt },
    close: { value: () => snapshot.close() },
    request: {
      value: (request: Parameters<Transport['request']>[0]) => {
        if (hung || !request.path.includes('/pods')) return snapshot.request(request);
        hung = true;
        reached.resolve();
        return new Promise((_resolve, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason)),
        );
      },
    },
  });
  return { cluster, reached: reached.promise };
}

const half: Reply = response => {
  startStream(response);
  response.write(
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
  );
};
const getPod = { kind: 'Pod', name: 'web-1' };

describe('a question that is stopped leaves a conversation that the next one can use', () => {
  it.each(['tools', 'code', 'auto'] as const)('while the model answers, in %s mode', async mode => {
    const { controller, server, next, of } = await open(mode, [half, say('It runs.')]);
    const asked = controller.ask('is pod web-1 running?');
    await next('turn-started');
    while (server.received.length === 0) await new Promise(resolve => setImmediate(resolve));
    controller.cancel();
    await asked;
    await controller.ask('is pod web-1 running?');
    expect(of('finished').map(event => event.status)).toEqual(['cancelled', 'answered']);
  });

  it.each([
    ['tools', use('k8s_get', getPod, '\n\n')],
    ['code', script("return await k8s.get({ kind: 'Pod', name: 'web-1' });")],
    ['auto', script("return await k8s.get({ kind: 'Pod', name: 'web-1' });")],
  ] as const)('while a call runs, in %s mode', async (mode, first) => {
    const { cluster, reached } = await hanging();
    const { controller, of } = await open(
      mode,
      [first, use('k8s_get', getPod, '\n\n'), say('It runs.'), say('It runs.')],
      cluster,
    );
    const asked = controller.ask('is pod web-1 running?');
    await reached;
    controller.cancel();
    await asked;
    controller.setMode('tools');
    await controller.ask('is pod web-1 running?');
    controller.setMode('code');
    await controller.ask('and now?');
    expect(of('finished').map(event => event.status)).toEqual(['cancelled', 'answered', 'answered']);
  });

  it.each([
    ['tools', use('k8s_delete', getPod)],
    ['code', script("await k8s.delete({ kind: 'Pod', name: 'web-1' });")],
  ] as const)('while a person is asked, in %s mode', async (mode, first) => {
    const { controller, next, of } = await open(mode, [first, say('Nothing was changed.')]);
    const asked = controller.ask('delete the pod web-1');
    const { approval } = await next('approval-requested');
    controller.cancel();
    await asked;
    controller.decide(approval.id, { outcome: 'allow' });
    await controller.ask('what was changed?');
    expect(of('finished').map(event => event.status)).toEqual(['cancelled', 'answered']);
    expect(of('change-applied')).toEqual([]);
  });
});

describe('what the API refuses is never sent', () => {
  it('when the mode is changed while the model works', async () => {
    const { controller, next, of } = await open('tools', [
      use('k8s_get', getPod),
      say('It runs.'),
      script("return (await k8s.get({ kind: 'Pod', name: 'web-1' })).status;"),
      say('It still runs.'),
    ]);
    const asked = controller.ask('is pod web-1 running?');
    await next('turn-started');
    controller.setMode('code');
    await asked;
    await controller.ask('and why?');
    expect(of('turn-started').map(event => event.mode)).toEqual(['tools', 'tools', 'code', 'code']);
    expect(of('finished').map(event => event.status)).toEqual(['answered', 'answered']);
  });

  it('when calls come as text, with arguments that are text again, or none at all', async () => {
    const written = (call: object) => say(JSON.stringify(call));
    const { controller, of } = await open('tools', [
      written({ name: 'k8s_get', arguments: JSON.stringify(getPod) }),
      written({ name: 'k8s_get', arguments: ['Pod', 'web-1'] }),
      say('It runs.'),
    ]);
    await controller.ask('is pod web-1 running?');
    expect(of('finished').map(event => event.status)).toEqual(['answered']);
    expect(of('tools-answered')[0]!.results[0]!.isError).toBe(false);
  });

  it('when an answer has both a script and calls, or calls of another mode', async () => {
    const both = (id: string) =>
      answer(
        [
          { type: 'text', text: 'Looking.\n```ts\nreturn (await k8s.pods()).count;\n```' },
          { type: 'tool_use', id, name: 'k8s_get', json: JSON.stringify(getPod) },
        ],
        { stop: 'tool_use' },
      );
    for (const mode of ['code', 'tools', 'auto'] as const) {
      const { controller, of } = await open(mode, [
        both(`a_${mode}`),
        use('made_up', {}),
        use('run_script', { code: 'return 1;' }),
        say('One pod.'),
        say('One pod.'),
      ]);
      await controller.ask('how many pods are there?');
      await controller.ask('sure?');
      expect([mode, ...of('finished').map(event => event.status)]).toEqual([mode, 'answered', 'answered']);
    }
  });
});
