import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { bundle, listOf, pod, temporaryFolder } from './helpers/bundle.ts';
import { openClient } from './helpers/client.ts';

const R = 'cluster-resources';

describe('the layouts of other tools', () => {
  it('opens a bundle below a folder of its own, and the cluster-resources folder itself', async () => {
    const root = await bundle({
      [`outer/support-bundle/${R}/pods/shop.json`]: listOf('Pod', 'v1', [pod('a', 'shop')]),
    });
    expect(await (await openClient(root)).names('/api/v1/pods')).toEqual(['a']);
    const inner = join(root, 'outer/support-bundle', R);
    expect(await (await openClient(inner)).names('/api/v1/pods')).toEqual(['a']);
  });

  it('reads bare arrays, items without kinds, YAML, and a list of all namespaces', async () => {
    const bare = (name: string, namespace?: string) => ({ metadata: { name, namespace } });
    const root = await bundle({
      [`${R}/deployments/shop.json`]: [bare('web')],
      [`${R}/services.json`]: listOf('Service', 'v1', [bare('one', 'a'), bare('two', 'b')]),
      [`${R}/secrets/shop.yaml`]: 'kind: SecretList\napiVersion: v1\nitems:\n  - metadata: {name: token}\n',
      [`${R}/jobs/shop.json`]: 'null',
    });
    const client = await openClient(root);
    const [web] = (await client.list('/apis/apps/v1/namespaces/shop/deployments')).items;
    expect(web).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
    });
    expect(await client.names('/api/v1/namespaces/b/services')).toEqual(['two']);
    expect(await client.names('/api/v1/secrets')).toEqual(['token']);
    expect(await client.names('/apis/batch/v1/jobs')).toEqual([]);
  });

  it('knows the directory names of troubleshoot', async () => {
    const named = (kind: string, apiVersion: string) => [{ kind, apiVersion, metadata: { name: 'x' } }];
    const root = await bundle({
      [`${R}/network-policy/shop.json`]: named('NetworkPolicy', 'networking.k8s.io/v1'),
      [`${R}/pod-disruption-budgets/shop.json`]: named('PodDisruptionBudget', 'policy/v1beta1'),
      [`${R}/storage-classes.json`]: named('StorageClass', 'storage.k8s.io/v1'),
      [`${R}/clusterRoleBindings.json`]: named('ClusterRoleBinding', 'rbac.authorization.k8s.io/v1'),
      [`${R}/resource-quota/shop.json`]: named('ResourceQuota', 'v1'),
      [`${R}/pvs.json`]: named('PersistentVolume', 'v1'),
      [`${R}/auth-cani-list/shop.json`]: { resourceRules: [] },
      'cluster-info/cluster_version.json': { info: { gitVersion: 'v1.30.1' }, string: 'v1.30.1' },
    });
    const client = await openClient(root);
    for (const path of [
      '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies',
      '/apis/policy/v1beta1/namespaces/shop/poddisruptionbudgets',
      '/apis/storage.k8s.io/v1/storageclasses',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      '/api/v1/resourcequotas',
      '/api/v1/persistentvolumes',
    ]) {
      expect([path, await client.names(path)]).toEqual([path, ['x']]);
    }
    // The version that was captured is the one that is served.
    expect(await client.refused('GET', '/apis/policy/v1/poddisruptionbudgets')).toMatchObject({ code: 404 });
    expect((await client.get('/version'))['gitVersion']).toBe('v1.30.1');
  });

  it('serves custom resources from their objects and their definitions', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets', singular: 'widget', shortNames: ['wd'] },
        versions: [
          { name: 'v1', served: true, subresources: { status: {} } },
          { name: 'v1alpha1', served: false },
        ],
      },
    };
    const root = await bundle({
      [`${R}/custom-resource-definitions.json`]: listOf(
        'CustomResourceDefinition',
        'apiextensions.k8s.io/v1',
        [
          definition,
          { ...definition, spec: { ...definition.spec, names: { kind: 'Gadget', plural: 'gadgets' } } },
        ],
      ),
      [`${R}/custom-resources/widgets.example.com/shop.json`]: [
        {
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          metadata: { name: 'w', namespace: 'shop', resourceVersion: '5' },
        },
      ],
      [`${R}/custom-resources/widgets.example.com/shop.yaml`]: '- not: read\n',
      ...Object.fromEntries(
        [...'abcdef'].map(name => [`${R}/custom-resources/tools.example.com/${name}.json`, []]),
      ),
      [`${R}/custom-resources/tools.example.com/shop.json`]: [
        { apiVersion: 'example.com/v1', kind: 'Tool', metadata: { name: 't', namespace: 'shop' } },
      ],
      [`${R}/policies.kyverno.io.json`]: [
        { apiVersion: 'kyverno.io/v2', kind: 'Policy', metadata: { name: 'p', namespace: 'shop' } },
      ],
    });
    const client = await openClient(root);
    const path = '/apis/example.com/v1/namespaces/shop/widgets';
    expect(await client.names(path)).toEqual(['w']);
    expect(await client.names('/apis/example.com/v1/gadgets')).toEqual([]);
    expect(await client.names('/apis/example.com/v1/tools')).toEqual(['t']);
    expect(await client.names('/apis/kyverno.io/v2/namespaces/shop/policies')).toEqual(['p']);
    expect(await client.refused('GET', '/apis/example.com/v1alpha1/widgets')).toMatchObject({ code: 404 });
    const resources = (await client.get('/apis/example.com/v1'))['resources'];
    expect(resources).toContainEqual(
      expect.objectContaining({ name: 'widgets', kind: 'Widget', shortNames: ['wd'] }),
    );
    const strategic = { contentType: 'application/strategic-merge-patch+json' };
    expect(await client.refused('PATCH', `${path}/w`, {}, strategic)).toMatchObject({ code: 415 });
    const unversioned = await client.refused('PUT', `${path}/w`, { metadata: { name: 'w' }, spec: {} });
    expect(unversioned.message).toContain('metadata.resourceVersion');
  });

  it('knows kinds without objects from the discovery dump', async () => {
    const root = await bundle({
      [`${R}/pods/shop.json`]: [],
      [`${R}/resources.json`]: [
        {
          groupVersion: 'example.com/v1',
          resources: [
            {
              name: 'things',
              singularName: 'thing',
              kind: 'Thing',
              namespaced: false,
              verbs: ['get', 'list'],
            },
            { name: 'things/status', kind: 'Thing', namespaced: false, verbs: ['get'] },
          ],
        },
      ],
    });
    const client = await openClient(root);
    expect(await client.names('/apis/example.com/v1/things')).toEqual([]);
    expect(await client.refused('POST', '/apis/example.com/v1/things', {})).toMatchObject({ code: 405 });
  });

  it('prefers versions as Kubernetes does', async () => {
    const versions = ['v1alpha1', 'old', 'v1beta2', 'v1', 'v10', 'v2', 'v1beta10'];
    const definition = {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: versions.map(name => ({ name, served: true })),
      },
    };
    const root = await bundle({ [`${R}/custom-resource-definitions.json`]: [definition] });
    const group = await (await openClient(root)).get('/apis/example.com');
    expect(group['versions'].map(({ version }: { version: string }) => version)).toEqual([
      'v10',
      'v2',
      'v1',
      'v1beta10',
      'v1beta2',
      'v1alpha1',
      'old',
    ]);
    expect(group['preferredVersion'].version).toBe('v10');
  });

  it('makes up the namespaces from files and logs when they were not captured', async () => {
    const root = await bundle({
      [`${R}/pods/shop.json`]: [],
      [`${R}/pods/logs/web/a/app.log`]: '',
      [`${R}/pods.json`]: [pod('x', 'infra')],
    });
    const client = await openClient(root);
    expect(await client.names('/api/v1/namespaces')).toEqual(['infra', 'shop', 'web']);
    expect((await client.get('/api/v1/namespaces/shop'))['status']).toEqual({ phase: 'Active' });
  });

  it('says that a kind could not be read instead of showing it as empty', async () => {
    const message =
      'secrets is forbidden: User "x" cannot list resource "secrets" in API group "" in the namespace "shop"';
    const root = await bundle({
      [`${R}/pods/shop.json`]: [],
      [`${R}/secrets-errors.json`]: { shop: message },
      [`${R}/nodes-errors.json`]: ['nodes is forbidden'],
      'kv-snapshot.json': { capturedAt: '2026-02-03T04:05:06.000Z', forbidden: ['configmaps in shop'] },
    });
    const client = await openClient(root);
    expect(await client.refused('GET', '/api/v1/namespaces/shop/secrets')).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message,
    });
    expect(await client.refused('GET', '/api/v1/nodes')).toMatchObject({ code: 403 });
    expect(await client.names('/api/v1/namespaces/other/secrets')).toEqual([]);
    expect(await client.refused('GET', '/api/v1/namespaces/shop/configmaps')).toMatchObject({ code: 403 });
    expect(await client.names('/api/v1/namespaces/other/configmaps')).toEqual([]);
    expect(new Date(client.transport.capturedAt).toISOString()).toBe('2026-02-03T04:05:06.000Z');
  });

  it('takes the newest time of the cluster itself, not times in messages', async () => {
    const root = await bundle({
      [`${R}/events/shop.json`]: [
        {
          metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' },
          message: 'certificate expires "timestamp": 2030-01-01T00:00:00Z',
          lastTimestamp: '2026-01-01T00:05:00Z',
        },
      ],
    });
    const { transport } = await openClient(root);
    expect(new Date(transport.capturedAt).toISOString()).toBe('2026-01-01T00:05:00.000Z');
  });

  it('opens a kubectl cluster-info dump', async () => {
    const section = (container: string, text: string) =>
      `==== START logs for container ${container} of pod shop/web ====\n${text}==== END logs for container ${container} of pod shop/web ====\n`;
    const web = pod('web', 'shop', {
      spec: { nodeName: 'n', containers: [{ name: 'app' }, { name: 'proxy' }] },
    });
    const root = await bundle({
      'dump/nodes.json': listOf('Node', 'v1', [{ metadata: { name: 'node-1' } }]),
      'dump/shop/pods.json': listOf('Pod', 'v1', [web]),
      'dump/shop/replication-controllers.json': listOf('ReplicationController', 'v1', []),
      'dump/shop/web/logs.txt': section('proxy', 'p1\np2\n') + section('app', 'a1\na2\na3\n'),
      'dump/infra/deployments.json': listOf('Deployment', 'apps/v1', [{ metadata: { name: 'd' } }]),
    });
    const client = await openClient(root);
    expect(await client.names('/api/v1/nodes')).toEqual(['node-1']);
    expect(await client.names('/api/v1/namespaces')).toEqual(['infra', 'shop']);
    expect(await client.names('/apis/apps/v1/namespaces/infra/deployments')).toEqual(['d']);
    const log = (query: Record<string, string | number>) =>
      client.text('/api/v1/namespaces/shop/pods/web/log', query);
    expect(await log({ container: 'proxy' })).toBe('p1\np2\n');
    expect(await log({ container: 'proxy', tailLines: 9 })).toBe('p1\np2\n');
    expect(await log({ container: 'app', tailLines: 2 })).toBe('a2\na3\n');
  });

  it('opens an OpenShift must-gather, wrapped in the folder of its image', async () => {
    const top = 'must-gather.local.42/registry-example-com-must-gather-sha256-abc';
    const shop = `${top}/namespaces/shop`;
    const web = pod('web', 'shop', { spec: { nodeName: 'n', containers: [{ name: 'app' }] } });
    const logs = `${shop}/pods/web/app/app/logs`;
    const alone = { apiVersion: 'v1', kind: 'Pod', ...pod('alone', 'infra') };
    const event = {
      metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' },
      message: 'timestamp: 2030-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:05:00Z',
    };
    const root = await bundle({
      [`${top}/version`]: 'openshift/must-gather\n4.20',
      [`${top}/cluster-scoped-resources/core/nodes/node-1.yaml`]: stringify({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'node-1' },
      }),
      [`${shop}/shop.yaml`]: stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
      [`${shop}/core/pods.yaml`]: stringify(listOf('Pod', 'v1', [web])),
      [`${shop}/core/events.yaml`]: stringify(listOf('Event', 'v1', [event])),
      [`${shop}/apps/deployments.yaml`]: stringify(
        listOf('Deployment', 'apps/v1', [{ metadata: { name: 'd' } }]),
      ),
      [`${shop}/route.openshift.io/routes/r.yaml`]: stringify({
        apiVersion: 'route.openshift.io/v1',
        kind: 'Route',
        metadata: { name: 'r', namespace: 'shop' },
      }),
      [`${shop}/pods/web/web.yaml`]: stringify({ apiVersion: 'v1', kind: 'Pod', ...web }),
      [`${logs}/current.log`]: '2026-01-01T00:04:00.000000000Z hello\n',
      [`${logs}/previous.log`]: '',
      [`${logs}/previous.insecure.log`]: '2026-01-01T00:03:00.000000000Z bye\n',
      [`${top}/namespaces/infra/pods/alone/alone.yaml`]: stringify(alone),
    });
    const client = await openClient(root);
    expect(await client.names('/api/v1/nodes')).toEqual(['node-1']);
    expect(await client.names('/api/v1/namespaces')).toContain('shop');
    expect(await client.names('/api/v1/pods')).toEqual(['alone', 'web']);
    expect(await client.names('/apis/apps/v1/namespaces/shop/deployments')).toEqual(['d']);
    expect(await client.names('/apis/route.openshift.io/v1/namespaces/shop/routes')).toEqual(['r']);
    const log = (query: Record<string, string | boolean>) =>
      client.text('/api/v1/namespaces/shop/pods/web/log', query);
    expect(await log({ container: 'app' })).toMatch(/hello/);
    expect(await log({ container: 'app', previous: true })).toMatch(/bye/);
    expect(new Date(client.transport.capturedAt).toISOString()).toBe('2026-01-01T00:05:00.000Z');
  });

  it('follows links inside the bundle only', async () => {
    const outside = await temporaryFolder();
    const secret = await bundle({ 'shop.json': [pod('stolen', 'shop')], 'app.log': 'stolen\n' });
    const root = await bundle({
      [`${R}/pods/web.json`]: [pod('a', 'web')],
      [`${R}/pods/logs/web/a/app.log`]: 'hello\n',
    });
    await symlink(join(secret, 'shop.json'), join(root, R, 'pods/shop.json'));
    await symlink(secret, join(root, R, 'pods/logs/shop'));
    await symlink(outside, join(root, 'elsewhere'));
    await symlink('a', join(root, R, 'pods/logs/web/b'));
    const client = await openClient(root);
    expect(await client.names('/api/v1/pods')).toEqual(['a']);
    const log = (namespace: string, name: string) =>
      client.text(`/api/v1/namespaces/${namespace}/pods/${name}/log`);
    expect(await log('web', 'a')).toBe('hello\n');
    await expect(log('shop', 'stolen')).rejects.toThrow(/not found/);
    expect(await client.refused('GET', '/api/v1/namespaces/..%2F..%2Fshop/pods/a/log')).toMatchObject({
      code: 404,
    });
  });
});
