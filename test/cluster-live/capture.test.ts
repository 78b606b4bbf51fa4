import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type CaptureOptions,
  type CaptureProgress,
  captureSnapshot,
  createClusterClient,
  openSnapshot,
} from '../../src/cluster/index.ts';
import { FakeApi, pod } from './helpers/fake-api.ts';
import { temporaryDirectory } from './helpers/kubeconfig.ts';
import { failure, startServer } from './helpers/server.ts';
import { connect, never, sentenceOf } from './helpers/transport.ts';

const LOG = '2026-01-02T03:04:05.000000000Z hello\n';

async function cluster() {
  const api = new FakeApi();
  api.add('namespaces.', { metadata: { name: 'shop' } }, { metadata: { name: 'bank' } });
  api.add('nodes.', { metadata: { name: 'n1', managedFields: [] } });
  api.add(
    'pods.',
    pod('bank', 'ledger', {
      status: { containerStatuses: [{ name: 'app', restartCount: 0, containerID: 'c://1' }] },
    }),
    pod('shop', 'web', {
      status: {
        initContainerStatuses: [{ name: 'init', restartCount: 0 }],
        containerStatuses: [
          { name: 'app', restartCount: 2, containerID: 'c://2', lastState: { terminated: {} } },
        ],
      },
    }),
  );
  api.add('secrets.', {
    metadata: { name: 's', namespace: 'shop' },
    type: 'Opaque',
    data: { password: 'aHVudGVyMg==' },
  });
  api.add('pods.metrics.k8s.io', { metadata: { name: 'web', namespace: 'shop' }, containers: [] });
  api.intercept = (request, response) => {
    const { pathname, searchParams } = request.url;
    if (pathname.includes('/deployments')) {
      failure(
        response,
        403,
        'Forbidden',
        'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
      );
    } else if (pathname.endsWith('/log')) {
      if (searchParams.get('previous')) response.end('unable to retrieve container logs for containerd://2');
      else response.end(LOG);
    } else return false;
    return true;
  };
  const server = await startServer(api.handler);
  const live = await connect(server);
  return {
    api,
    capture: (options: Partial<CaptureOptions> & { directory: string }) =>
      captureSnapshot(live.client, { signal: never, ...options }),
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const readList = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('a cluster is captured in the support-bundle layout; what is forbidden or fails is reported', async () => {
  await using run = await cluster();
  const directory = join(temporaryDirectory(), 'bundle');
  const progress: CaptureProgress[] = [];
  const report = await run.capture({ directory, onProgress: one => progress.push(one) });
  expect(report).toMatchObject({ directory, objects: 7, kinds: 5, logs: 2, forbidden: ['deployments'] });
  expect(report.failures).toEqual([
    { what: 'log of shop/web/app (previous)', message: expect.stringContaining('is gone') },
  ]);
  const resources = join(directory, 'cluster-resources');
  expect(readdirSync(resources).sort()).toEqual([
    'deployments-errors.json',
    'namespaces.json',
    'nodes.json',
    'pods',
    'pods.metrics.k8s.io',
    'resources.json',
    'secrets',
  ]);
  expect(readList(join(resources, 'deployments-errors.json'))).toEqual([
    expect.stringContaining('The user jane may not list deployments.apps'),
  ]);
  expect(readList(join(resources, 'nodes.json'))).toEqual({
    kind: 'NodeList',
    apiVersion: 'v1',
    metadata: {},
    items: [{ kind: 'Node', apiVersion: 'v1', metadata: { name: 'n1' } }],
  });
  expect(readList(join(resources, 'pods/shop.json')).items).toHaveLength(1);
  expect(readList(join(resources, 'pods.metrics.k8s.io/shop.json')).items[0].kind).toBe('PodMetrics');
  expect(readFileSync(join(resources, 'pods/logs/shop/web/app.log'), 'utf8')).toBe(LOG);
  expect(existsSync(join(resources, 'pods/logs/shop/web/init.log'))).toBe(false);
  expect(readList(join(directory, 'cluster-info/cluster_version.json')).gitVersion).toBe('v1.36.2');
  expect(readList(join(directory, 'kv-snapshot.json'))).toMatchObject({
    formatVersion: 1,
    context: 'test',
    secretValues: false,
  });
  expect(progress.filter(one => one.phase === 'logs').at(-1)).toMatchObject({ done: 3, total: 3 });
});

test('secret values are left out unless asked for', async () => {
  await using run = await cluster();
  const root = temporaryDirectory();
  await run.capture({ directory: join(root, 'without') });
  const text = readFileSync(join(root, 'without/cluster-resources/secrets/shop.json'), 'utf8');
  expect(text).not.toContain('aHVudGVyMg');
  expect(JSON.parse(text).items[0]).toMatchObject({
    type: 'Opaque',
    data: { password: '' },
    metadata: { annotations: { 'kv/secret-values': expect.stringContaining('left out') } },
  });
  await run.capture({ directory: join(root, 'with'), includeSecretValues: true });
  expect(readFileSync(join(root, 'with/cluster-resources/secrets/shop.json'), 'utf8')).toContain(
    'aHVudGVyMg==',
  );
});

test('chosen namespaces only; one that does not exist stops the capture and leaves nothing', async () => {
  await using run = await cluster();
  const root = temporaryDirectory();
  await run.capture({ directory: join(root, 'one'), namespaces: ['bank'] });
  expect(readdirSync(join(root, 'one/cluster-resources/pods')).sort()).toEqual(['bank.json', 'logs']);
  expect(await sentenceOf(run.capture({ directory: join(root, 'two'), namespaces: ['bnak'] }))).toContain(
    'The namespace bnak does not exist. Did you mean bank?',
  );
  expect(readdirSync(root)).toEqual(['one']);
});

test('a directory that is not empty is left alone, one that cannot be made is named', async () => {
  await using run = await cluster();
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'x'));
  expect(await sentenceOf(run.capture({ directory }))).toContain('is not empty');
  writeFileSync(join(directory, 'file'), '');
  expect(await sentenceOf(run.capture({ directory: join(directory, 'file/below') }))).toContain(
    'cannot be written',
  );
});

test('a cancelled capture leaves nothing behind', async () => {
  await using run = await cluster();
  const root = temporaryDirectory();
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = () => controller.abort(reason);
  await expect(
    run.capture({ directory: join(root, 'b'), signal: controller.signal, onProgress }),
  ).rejects.toBe(reason);
  expect(readdirSync(root)).toEqual([]);
});

test('what was captured opens as a snapshot with the same objects, logs and refusals', async () => {
  await using run = await cluster();
  const directory = join(temporaryDirectory(), 'bundle');
  await run.capture({ directory });
  const snapshot = createClusterClient(await openSnapshot(directory, { signal: never }));
  const { items } = await snapshot.listAll({ kind: 'Pod', namespace: '*', fields: ['metadata.name'] }, never);
  expect(items.map(item => item.metadata.name).sort()).toEqual(['ledger', 'web']);
  const lines: string[] = [];
  for await (const { text } of snapshot.logs({ namespace: 'shop', pod: 'web', container: 'app' }, never)) {
    lines.push(text);
  }
  expect(lines).toEqual(['hello']);
  expect((await snapshot.resolve('wi', never)).kind).toBe('Widget');
  expect(await sentenceOf(snapshot.listAll({ kind: 'Deployment', namespace: 'shop' }, never))).toContain(
    'may not list deployments.apps',
  );
  await snapshot.close();
});
