import { describe, expect, test } from 'vitest';
import { UnknownKindError } from '../../src/cluster/index.ts';
import type { KubeObject } from '../../src/cluster/types.ts';
import { FakeApi, pod } from './helpers/fake-api.ts';
import { failure, startServer } from './helpers/server.ts';
import { type Connected, connect, errorOf, never, sentenceOf } from './helpers/transport.ts';

async function withApi(prepare: (api: FakeApi) => void = () => undefined) {
  const api = new FakeApi();
  for (const name of ['default', 'shop', 'shipping']) api.add('namespaces.', { metadata: { name } });
  prepare(api);
  const server = await startServer(api.handler);
  const live: Connected = await connect(server);
  return {
    api,
    server,
    client: live.client,
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.each([
  ['aggregated', true],
  ['by group version', false],
])('discovery %s', (_name, aggregated) => {
  test('finds kinds by every name people use, and prefers core and stable groups', async () => {
    await using run = await withApi(api => {
      api.aggregated = aggregated;
    });
    const found = async (kind: string) => {
      const { group, version, plural, kind: name } = await run.client.resolve(kind, never);
      return `${group}/${version}/${plural}/${name}`;
    };
    for (const name of ['Pod', 'pod', 'PODS', 'po', 'v1 Pod', 'v1/pods'])
      expect(await found(name)).toBe('/v1/pods/Pod');
    for (const name of [
      'deploy',
      'deployments.apps',
      'apps/v1 Deployment',
      'apps/v1/deployments',
      'deployment.v1.apps',
    ]) {
      expect(await found(name)).toBe('apps/v1/deployments/Deployment');
    }
    expect(await found('events')).toBe('/v1/events/Event');
    expect(await found('events.events.k8s.io')).toBe('events.k8s.io/v1/events/Event');
    expect(await found('pods.metrics.k8s.io')).toBe('metrics.k8s.io/v1beta1/pods/PodMetrics');
    expect(await found('wi')).toBe('example.com/v2/widgets/Widget');
    expect(await found('example.com/v1 Widget')).toBe('example.com/v1/widgets/Widget');
    const asked = run.server.seen.length;
    expect((await run.client.resources(never)).filter(({ kind }) => kind === 'Widget')).toHaveLength(1);
    expect(run.server.seen).toHaveLength(asked);
  });

  test('a group that does not answer is left out and named where a kind is missing', async () => {
    await using run = await withApi(api => {
      api.aggregated = aggregated;
      api.broken.add('metrics.k8s.io/v1beta1');
    });
    expect((await run.client.resolve('Pod', never)).kind).toBe('Pod');
    const error = await errorOf(run.client.resolve('PodMetrics', never));
    expect(error).toBeInstanceOf(UnknownKindError);
    expect(error.sentence).toContain('The API groups metrics.k8s.io/v1beta1 do not answer');
  });
});

test('an unknown kind names the nearest, and discovery is asked again when time has passed', async () => {
  await using run = await withApi();
  expect(await sentenceOf(run.client.resolve('Deploymnet', never))).toBe(
    'The cluster serves no kind "Deploymnet". Did you mean Deployment?',
  );
});

test('callers that come while discovery is asked share it, and one that gives up does not take the others along', async () => {
  await using run = await withApi();
  const first = new AbortController();
  const pending = run.client.resolve('Pod', first.signal);
  const second = run.client.resolve('Deployment', never);
  first.abort(new Error('gave up'));
  await expect(pending).rejects.toThrow('gave up');
  expect((await second).kind).toBe('Deployment');
});

test('a server that is not Kubernetes is called so', async () => {
  await using server = await startServer((_request, response) => response.end('<html>welcome</html>'));
  await using live = await connect(server);
  expect(await sentenceOf(live.client.resolve('Pod', never))).toContain(
    'does not answer like a Kubernetes API',
  );
});

describe('lists', () => {
  const names = (items: KubeObject[]) => items.map(item => item.metadata.name);

  test('page through, fill in kind and apiVersion, and strip bookkeeping', async () => {
    await using run = await withApi(api => {
      for (let i = 0; i < 7; i++) {
        api.add('pods.', {
          metadata: {
            name: `web-${i}`,
            namespace: 'shop',
            managedFields: [{ manager: 'x' }],
            annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', keep: `"}]{[\\ ü ${i}` },
          },
        });
      }
    });
    const { items, resourceVersion, truncated } = await run.client.listAll(
      { kind: 'po', pageSize: 3 },
      never,
    );
    expect(names(items)).toEqual(['web-0', 'web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6']);
    expect(items[3]).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-3', namespace: 'shop', annotations: { keep: '"}]{[\\ ü 3' } },
    });
    expect({ resourceVersion, truncated }).toEqual({ resourceVersion: '100', truncated: false });
    const pages = run.server.seen.filter(({ url }) => url.pathname === '/api/v1/namespaces/shop/pods');
    expect(pages.map(({ url }) => url.searchParams.get('limit'))).toEqual(['3', '3', '3']);
  });

  test('a limit ends the list and says so; a limit that was just enough does not', async () => {
    await using run = await withApi(api =>
      api.add('pods.', ...['a', 'b', 'c'].map(name => pod('shop', name))),
    );
    expect(await run.client.listAll({ kind: 'Pod', limit: 2 }, never)).toMatchObject({ truncated: true });
    expect(await run.client.listAll({ kind: 'Pod', limit: 3 }, never)).toMatchObject({ truncated: false });
  });

  test('selectors and namespaces reach the server; * means all', async () => {
    await using run = await withApi(api => api.add('pods.', pod('shop', 'a'), pod('shipping', 'b')));
    const all = await run.client.listAll({ kind: 'Pod', namespace: '*', labelSelector: 'app=web' }, never);
    expect(names(all.items)).toEqual(['a', 'b']);
    const last = run.server.seen.at(-1)!;
    expect(last.url.pathname).toBe('/api/v1/pods');
    expect(last.url.searchParams.get('labelSelector')).toBe('app=web');
  });

  test.each([
    ['goes on with the token the server offers', true],
    ['starts again and passes over what it had', false],
  ])('an expired token (410) %s', async (_name, offers) => {
    await using run = await withApi(api => {
      api.add('pods.', ...['a', 'b', 'c', 'd', 'e'].map(name => pod('shop', name)));
      let expired = false;
      api.intercept = (request, response) => {
        if (expired || request.url.searchParams.get('continue') !== '4') return false;
        expired = true;
        failure(response, 410, 'Expired', 'too old', { metadata: offers ? { continue: '4' } : {} });
        return true;
      };
    });
    const { items } = await run.client.listAll({ kind: 'Pod', pageSize: 2 }, never);
    expect(names(items)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a page that is cut in the middle is asked for again, and nothing comes twice', async () => {
    await using run = await withApi(api => {
      api.add('pods.', ...['a', 'b', 'c', 'd', 'e'].map(name => pod('shop', name)));
      let cuts = 0;
      api.intercept = (request, response) => {
        if (request.url.searchParams.get('continue') !== '2' || cuts++ >= 2) return false;
        const whole = JSON.stringify({ metadata: {}, items: [pod('shop', 'c'), pod('shop', 'd')] });
        response.writeHead(200, { 'content-length': whole.length });
        response.write(whole.slice(0, -20), () => setImmediate(() => response.socket?.resetAndDestroy()));
        return true;
      };
    });
    const { items } = await run.client.listAll({ kind: 'Pod', pageSize: 2 }, never);
    expect(names(items)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('items are found wherever the bytes are cut, whatever the strings hold and whatever comes first', async () => {
    const item = pod('shop', 'a', { spec: { text: 'ü\\ "}],[{\\\\', items: [{ x: 1 }], empty: '' } });
    const bytes = Buffer.from(
      JSON.stringify(
        { extra: { items: [1] }, items: [item, item], metadata: { resourceVersion: '5' } },
        null,
        1,
      ),
    );
    await using run = await withApi(api => {
      api.intercept = (request, response) => {
        if (!request.url.pathname.endsWith('/pods')) return false;
        const next = (i: number): void => {
          if (i === bytes.length) response.end();
          else response.write(bytes.subarray(i, i + 1), () => next(i + 1));
        };
        response.socket?.setNoDelay(true);
        next(0);
        return true;
      };
    });
    const { items, resourceVersion } = await run.client.listAll({ kind: 'Pod' }, never);
    const expected = { apiVersion: 'v1', kind: 'Pod', ...item };
    expect(items).toEqual([expected, expected]);
    expect(resourceVersion).toBe('5');
  });

  test('an empty list in a namespace that does not exist says so', async () => {
    await using run = await withApi(api => api.add('pods.', pod('shop', 'a')));
    expect(await sentenceOf(run.client.listAll({ kind: 'Pod', namespace: 'shpo' }, never))).toBe(
      'The namespace shpo does not exist. Did you mean shop?',
    );
    expect((await run.client.listAll({ kind: 'Pod', namespace: 'default' }, never)).items).toEqual([]);
  });

  test('who may not look at namespaces gets the empty list', async () => {
    await using run = await withApi(api => {
      api.intercept = (request, response) => {
        if (
          !request.url.pathname.startsWith('/api/v1/namespaces/hidden') ||
          request.url.pathname.endsWith('pods')
        )
          return false;
        failure(response, 403, 'Forbidden', 'namespaces "hidden" is forbidden');
        return true;
      };
    });
    expect((await run.client.listAll({ kind: 'Pod', namespace: 'hidden' }, never)).items).toEqual([]);
  });

  test('fields select through arrays and dotted keys, keep nesting and identity', async () => {
    await using run = await withApi(api =>
      api.add('pods.', {
        metadata: { name: 'a', namespace: 'shop', labels: { 'app.kubernetes.io/name': 'web', tier: 'x' } },
        spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'i' }] },
        status: {
          phase: 'Running',
          containerStatuses: [
            { name: 'app', restartCount: 3, state: { running: { startedAt: 't' } } },
            { name: 'side', restartCount: 0, state: {} },
          ],
        },
      }),
    );
    const fields = [
      'status.containerStatuses.restartCount',
      ".status.containerStatuses[*]['name']",
      "metadata.labels['app.kubernetes.io/name']",
      '$.spec.nodeName',
      'status.missing',
    ];
    expect((await run.client.listAll({ kind: 'Pod', fields }, never)).items).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a', namespace: 'shop', labels: { 'app.kubernetes.io/name': 'web' } },
        spec: { nodeName: 'n1' },
        status: {
          containerStatuses: [
            { name: 'app', restartCount: 3 },
            { name: 'side', restartCount: 0 },
          ],
        },
      },
    ]);
    expect(
      await sentenceOf(run.client.listAll({ kind: 'Pod', fields: ['status..[phase'] }, never)),
    ).toContain('is not a field path');
  });

  test('an answer that is cut off is a sentence', async () => {
    await using run = await withApi(api => {
      api.intercept = (request, response) => {
        if (!request.url.pathname.endsWith('/pods')) return false;
        response.end('{"kind":"PodList","items":[{"metadata":{"name":"a"}},{"metad');
        return true;
      };
    });
    expect(await sentenceOf(run.client.listAll({ kind: 'Pod' }, never))).toContain('is cut off or not JSON');
  });

  test('5,000 pods stream in flat memory, however the bytes are cut', async () => {
    const filler = 'x'.repeat(5_000);
    const item = (i: number) =>
      JSON.stringify({ metadata: { name: `p${i}`, namespace: 'shop' }, spec: { filler } });
    await using run = await withApi(api => {
      api.intercept = (request, response) => {
        if (!request.url.pathname.endsWith('/pods')) return false;
        response.write('{"metadata":{"resourceVersion":"9"},"items":[');
        let i = 0;
        const more = (): void => {
          while (i < 5_000)
            if (!response.write(`${i ? ',' : ''}${item(i++)}`)) return void response.once('drain', more);
          response.end(']}');
        };
        more();
        return true;
      };
    });
    let count = 0;
    let peak = 0;
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for await (const object of run.client.list({ kind: 'Pod', fields: ['metadata.name'] }, never)) {
      expect(object.metadata.name).toBe(`p${count}`);
      count += 1;
      if (count % 250 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    expect(count).toBe(5_000);
    // 25 MB of text: held whole it would show as 50 MB and more on top of what the loop leaves to the collector.
    expect(peak).toBeLessThan(60_000_000);
  });
});

describe('get', () => {
  test('names the nearest names, other namespaces, and a namespace that does not exist', async () => {
    await using run = await withApi(api =>
      api.add('pods.', pod('shop', 'checkout-7f9-x2'), pod('shop', 'cart'), pod('shipping', 'ledger')),
    );
    const get = (name: string, namespace = 'shop') => run.client.get({ kind: 'pod', name, namespace }, never);
    expect((await get('cart')).metadata.name).toBe('cart');
    expect(await sentenceOf(get('checkout'))).toBe(
      'The Pod checkout does not exist in the namespace shop. Did you mean checkout-7f9-x2?',
    );
    expect(await sentenceOf(get('ledger'))).toContain('It exists in the namespace shipping.');
    expect(await sentenceOf(get('cart', 'shpo'))).toBe(
      'The namespace shpo does not exist. Did you mean shop?',
    );
    expect(await sentenceOf(get('cart', 'default'))).toContain(
      'There is no Pod in the namespace default at all.',
    );
    expect((await errorOf(get('zzz'))).facts).toMatchObject({ statusCode: 404, reason: 'NotFound' });
  });

  test.each(['a/../b', '..', '.', 'a\\b', 'a%2fb', 'a\u0000'])(
    'what is no name is not asked for: %j',
    async name => {
      await using run = await withApi();
      for (const ref of [
        { name, namespace: 'shop' },
        { name: 'web', namespace: name },
      ]) {
        await expect(run.client.get({ kind: 'Pod', ...ref }, never)).rejects.toThrow(
          /cannot be a name or namespace in Kubernetes/,
        );
      }
      const scaled = run.client.patch(
        { kind: 'Pod', name: 'web', namespace: 'shop', subresource: `${name}/x` },
        { type: 'merge', body: {} },
        {},
        never,
      );
      if (!name.includes('/')) await expect(scaled).rejects.toThrow(/cannot be a name/);
      else await expect(scaled).rejects.toThrow();
    },
  );

  test('version', async () => {
    await using run = await withApi();
    expect(await run.client.version(never)).toMatchObject({ gitVersion: 'v1.36.2' });
  });
});
