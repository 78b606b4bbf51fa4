import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSnapshot, type ServedCluster, serveCluster } from '../../src/cluster/index.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import { writeBundle } from '../helpers/bundle.ts';

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A thing that turns.',
            properties: { spec: { type: 'object', properties: { turns: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
};

interface Document {
  paths: Record<string, unknown>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

/** What `kubectl explain` and `kubectl apply` read before they say or send anything. */
describe('the OpenAPI of a served snapshot', () => {
  let transport: Transport;
  let served: ServedCluster;
  const get = async (path: string) => {
    const response = await fetch(served.url + path);
    return { status: response.status, body: (await response.json()) as Document };
  };

  beforeAll(async () => {
    const bundle = writeBundle([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      CRD,
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } },
    ]);
    transport = await openSnapshot(bundle, { signal: AbortSignal.timeout(10_000) });
    served = await serveCluster(transport);
  });
  afterAll(async () => {
    await served.close();
    await transport.close();
  });

  it('has a document for every group version that is served', async () => {
    const { body } = await get('/openapi/v3');
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['api/v1', 'apis/apps/v1']));
  });

  it('tells the fields of built-in kinds, which must be given, and what they mean', async () => {
    const { body } = await get('/openapi/v3/api/v1');
    const spec = body.components.schemas['v1.PodSpec']!;
    expect(spec['required']).toContain('containers');
    expect(spec['properties']).toMatchObject({
      containers: { type: 'array', description: expect.stringContaining('List of containers') },
      activeDeadlineSeconds: { type: 'integer', format: 'int64' },
      nodeSelector: { type: 'object', additionalProperties: { type: 'string' } },
    });
    expect(body.components.schemas['v1.Pod']!['x-kubernetes-group-version-kind']).toEqual([
      { group: '', version: 'v1', kind: 'Pod' },
    ]);
  });

  it('leaves no reference without a target', async () => {
    for (const place of ['api/v1', 'apis/apps/v1', 'apis/batch/v1']) {
      const { body } = await get(`/openapi/v3/${place}`);
      const text = JSON.stringify(body);
      const missing = [...text.matchAll(/#\/components\/schemas\/([^"]+)/g)]
        .map(match => match[1]!)
        .filter(name => !(name in body.components.schemas));
      expect(missing).toEqual([]);
    }
  });

  it('says that the server itself checks fields, so that kubectl apply need not', async () => {
    const { body } = await get('/openapi/v3/apis/apps/v1');
    const path = body.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    expect(JSON.stringify(path)).toContain('"name":"fieldValidation"');
  });

  it('tells of a custom kind what its definition says', async () => {
    const { body } = await get('/openapi/v3/apis/example.com/v1');
    expect(body.components.schemas['example.com.v1.Widget']).toMatchObject({
      description: 'A thing that turns.',
      properties: { spec: { properties: { turns: { type: 'integer' } } } },
    });
  });

  it('has nothing for what is not served', async () => {
    expect((await get('/openapi/v3/apis/nobody.example.com/v1')).status).toBe(404);
  });
});
