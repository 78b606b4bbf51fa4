import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, succeed } from '../plane/parts/kubectl.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';

const signal = AbortSignal.timeout(300_000);
const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'databases.shop.example.com' },
  spec: {
    group: 'shop.example.com',
    scope: 'Namespaced',
    names: { plural: 'databases', singular: 'database', kind: 'Database', shortNames: ['db'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { engine: { type: 'string' } }, required: ['engine'] },
            },
          },
        },
      },
    ],
  },
};

describe('discovery', () => {
  let kv: Kv;
  let namespace: string;

  beforeAll(async () => {
    namespace = await newNamespace('discovery');
    kv = await openKv(plane().users.admin, namespace);
    await apply(kubectl(), [CRD]);
    await succeed(kubectl(), ['wait', '--for=condition=Established', 'crd/databases.shop.example.com']);
  });
  afterAll(async () => {
    await kv.close();
    await succeed(kubectl(), ['delete', 'crd', 'databases.shop.example.com']);
  });

  it('says the version of the server', async () => {
    const version = await kv.call<{ gitVersion: string }>('k8s.version', {});
    expect(version.gitVersion).toBe(plane().version);
  });

  it.each([
    ['Pod', 'pods'],
    ['po', 'pods'],
    ['deploy', 'deployments'],
    ['apps/v1 Deployment', 'deployments'],
    ['deployments.apps', 'deployments'],
    ['PersistentVolumeClaim', 'persistentvolumeclaims'],
    ['Database', 'databases'],
    ['db', 'databases'],
    ['databases.shop.example.com', 'databases'],
    ['shop.example.com/v1 Database', 'databases'],
  ])('knows %s', async (kind, plural) => {
    expect((await kv.client.resolve(kind, signal)).plural).toBe(plural);
  });

  it('knows every kind that kubectl knows', async () => {
    const names = await succeed(kubectl(), ['api-resources', '--verbs=list', '-o', 'name']);
    const { items } = await kv.call<{ items: Array<{ plural: string; apiVersion: string }> }>(
      'k8s.apiResources',
      {},
    );
    const known = new Set(
      items.map(({ plural, apiVersion }) => {
        const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
        return group ? `${plural}.${group}` : plural;
      }),
    );
    const missing = names
      .trim()
      .split('\n')
      .filter(name => !known.has(name));
    expect(missing).toEqual([]);
  });

  it('names the nearest kinds when one does not exist', async () => {
    await expect(kv.client.resolve('Databse', signal)).rejects.toThrow(/Databse/);
    const error = await kv.client.resolve('Databse', signal).catch(reason => reason);
    expect(error.sentence).toContain('Database');
  });

  it('creates, lists and deletes objects of a custom kind', async () => {
    const object = {
      apiVersion: 'shop.example.com/v1',
      kind: 'Database',
      metadata: { name: 'orders' },
      spec: { engine: 'postgres' },
    };
    await kv.call('k8s.apply', { object });
    expect(
      await succeed(kubectl(), ['get', 'db', 'orders', '-n', namespace, '-o', 'jsonpath={.spec.engine}']),
    ).toBe('postgres');

    const { items } = await kv.call<{ items: unknown[] }>('k8s.list', {
      kind: 'db',
      fields: ['metadata.name', 'spec.engine'],
    });
    expect(items).toEqual([
      {
        apiVersion: 'shop.example.com/v1',
        kind: 'Database',
        metadata: { name: 'orders', namespace },
        spec: { engine: 'postgres' },
      },
    ]);

    await kv.call('k8s.delete', { kind: 'Database', name: 'orders' });
    expect(await succeed(kubectl(), ['get', 'db', '-n', namespace, '-o', 'name'])).toBe('');
  });

  it("passes on what the custom kind's schema says against an object", async () => {
    const object = {
      apiVersion: 'shop.example.com/v1',
      kind: 'Database',
      metadata: { name: 'bad' },
      spec: {},
    };
    await expect(kv.call('k8s.apply', { object })).rejects.toThrow(/spec\.engine: Required value/);
  });
});
