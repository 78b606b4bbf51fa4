import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { DEFAULT_QUESTION_LIMITS, DEFAULT_SANDBOX_LIMITS } from '../../src/agent/limits.ts';
import { openSnapshot } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import type { ContentPart } from '../../src/llm/port.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

function configMap(name: string, data: Record<string, string>): BundleObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

function pod(name: string): BundleObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `u-${name}`, resourceVersion: '5' },
    spec: { containers: [{ name: 'app', image: 'shop/app:1' }] },
    status: { phase: 'Running' },
  };
}

const OBJECTS: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  pod('checkout-1'),
  configMap('site', { text: 'harmless' }),
];

const opened: SessionController[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

async function open(
  steps: Parameters<typeof openTestSession>[1],
  options: Parameters<typeof openTestSession>[2] & {
    cluster?: Transport;
    objects?: BundleObject[];
    logs?: Record<string, string>;
  } = {},
) {
  const {
    cluster,
    objects = OBJECTS,
    logs = { 'shop/checkout-1/app': 'FATAL: no config\n' },
    ...rest
  } = options;
  const session = await openTestSession(cluster ?? writeBundle(objects, logs), steps, {
    namespace: 'shop',
    mode: 'tools',
    ...rest,
  });
  opened.push(session.controller);
  return session;
}

const call = (name: string, input: unknown = {}, id?: string) => ({ name, input, id });

function results(session: Awaited<ReturnType<typeof open>>, nth = 2) {
  const { content } = session.model.requests[nth - 1]!.messages.at(-1)!;
  return content.filter(
    (part): part is Extract<ContentPart, { type: 'tool-result' }> => part.type === 'tool-result',
  );
}

describe('arguments that no one should send', () => {
  it('are answered one by one and never end the question', async () => {
    const inputs: unknown[] = [
      { constructor: 'x', toString: '1', hasOwnProperty: null },
      JSON.parse('{"__proto__": {"name": "checkout-1"}, "kind": "Pod"}'),
      [1, 2, 3],
      7,
      null,
      'not json',
      { kind: 'Pod', name: 'y'.repeat(300_000) },
      { kind: ['Pod'], name: { a: 1 } },
    ];
    const session = await open([{ toolCalls: inputs.map(input => call('k8s_get', input)) }, 'Seen.']);
    await session.controller.ask('why is checkout down?');
    expect(session.of('finished')[0]).toMatchObject({ status: 'answered' });
    const read = results(session);
    expect(read.map(result => result.isError)).toEqual(inputs.map(() => true));
    expect(Math.max(...read.map(result => result.text.length))).toBeLessThan(6_000);
  });

  it('nor do those that nest deeper than can be written down', async () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 20_000; i++) deep = [deep];
    const usage = {
      inputTokens: 9,
      outputTokens: 9,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      estimated: true,
    };
    const session = await open([
      {
        events: [
          { type: 'tool-call', id: 'a', name: 'k8s_get', input: { kind: deep } },
          { type: 'finish', reason: 'tool-calls', usage },
        ],
      },
      'Seen.',
    ]);
    await session.controller.ask('why is checkout down?');
    expect(session.of('finished')[0]).toMatchObject({ status: 'answered' });
    expect(results(session)[0]!.isError).toBe(true);
  });

  it('page numbers that mean nothing are the first page, or a sentence', async () => {
    const pages = [-1, 0, 1e9, '2', 'x', null, { a: 1 }, '1e999'];
    const session = await open([
      { toolCalls: pages.map(page => call('k8s_get', { kind: 'Pod', name: 'checkout-1', page })) },
      'Seen.',
    ]);
    await session.controller.ask('why is checkout down?');
    expect(session.of('finished')[0]).toMatchObject({ status: 'answered' });
    expect(results(session).map(result => /checkout-1|no page/.test(result.text))).toEqual(
      pages.map(() => true),
    );
  });
});

describe('many calls in one answer', () => {
  it('hold the limit of calls, and no more run at once than a script may', async () => {
    const snapshot = await openSnapshot(writeBundle(OBJECTS), {
      signal: AbortSignal.timeout(10_000),
      namespace: 'shop',
    });
    let running = 0;
    let most = 0;
    let made = 0;
    const counting: Transport = {
      ...snapshot,
      info: snapshot.info,
      request: async request => {
        running += 1;
        made += 1;
        most = Math.max(most, running);
        try {
          await new Promise(resolve => setImmediate(resolve));
          return await snapshot.request(request);
        } finally {
          running -= 1;
        }
      },
      close: () => snapshot.close(),
    };
    const many = Array.from({ length: 500 }, (_, i) => call('k8s_get', { kind: 'Pod', name: `p-${i}` }));
    const session = await open([{ toolCalls: many }, 'Seen.'], {
      cluster: counting,
      limits: { ...DEFAULT_QUESTION_LIMITS, calls: 100 },
    });
    await session.controller.ask('why is checkout down?');
    expect(session.of('call-started').length).toBeLessThanOrEqual(100);
    expect(most).toBeLessThanOrEqual(DEFAULT_SANDBOX_LIMITS.maxConcurrentCalls * 2);
    expect(made).toBeGreaterThan(0);
    expect(session.of('tools-answered')[0]!.results).toHaveLength(500);
  });
});

describe('ids', () => {
  it('that a model gives twice are told apart', async () => {
    const session = await open([
      {
        toolCalls: [
          call('k8s_get', { kind: 'Pod', name: 'checkout-1' }, 'same'),
          call('k8s_get', { kind: 'ConfigMap', name: 'site' }, 'same'),
        ],
      },
      'Seen.',
    ]);
    await session.controller.ask('why is checkout down?');
    const read = results(session);
    expect(new Set(read.map(result => result.id)).size).toBe(2);
    expect(read[0]!.text).toContain('checkout-1');
    expect(read[1]!.text).toContain('harmless');
  });
});

describe('kept pages', () => {
  const value = 'pw-Tr0ub4dor-and-3';
  const long = (what: string) =>
    `${Array.from({ length: 900 }, (_, i) => `${what} line ${i} with some words in it`).join('\n')}\n`;

  it('are redacted anew: a secret may have become known since', async () => {
    const text = `start uses ${value} now\n${long('a')}`;
    const session = await open(
      [
        { toolCalls: [call('k8s_logs', { pod: 'checkout-1', tailLines: 1000 })] },
        { toolCalls: [call('k8s_get', { kind: 'Secret', name: 'db' })] },
        {
          toolCalls: [2, 3, 4, 5, 6].map(page =>
            call('k8s_logs', { pod: 'checkout-1', tailLines: 1000, page }),
          ),
        },
        'Seen.',
      ],
      {
        objects: [
          ...OBJECTS,
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: 'db', namespace: 'shop' },
            data: { key: Buffer.from(value).toString('base64') },
          },
        ],
        logs: { 'shop/checkout-1/app': text },
      },
    );
    await session.controller.ask('why is checkout down?');
    const said = results(session, 4)
      .map(result => result.text)
      .join('\n');
    expect(said).toContain('start uses');
    expect(said).not.toContain(value);
  });

  it('of one cluster are not pages of another', async () => {
    const logs = { 'shop/checkout-1/app': long('second') };
    const signal = AbortSignal.timeout(10_000);
    const other = await openSnapshot(writeBundle(OBJECTS, logs), { signal, namespace: 'shop' });
    const input = { pod: 'checkout-1', tailLines: 1000 };
    const session = await open(
      [
        { toolCalls: [call('k8s_logs', input)] },
        'Seen.',
        { toolCalls: [call('k8s_logs', { ...input, page: 2 })] },
        'Seen.',
      ],
      { logs: { 'shop/checkout-1/app': long('first') }, openContext: async () => other },
    );
    await session.controller.ask('why is checkout down?');
    await session.controller.setContext('other');
    await session.controller.ask('and here?');
    const [page] = results(session, 4);
    expect(page!.text).toContain('second line');
    expect(page!.text).not.toContain('first line');
  });
});
