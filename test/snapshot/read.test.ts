import { beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../../src/cluster/transport.ts';
import { type Client, openClient, SMALL_CLUSTER } from './helpers/client.ts';

describe('reading a captured cluster', () => {
  let client: Client;
  beforeAll(async () => {
    client = await openClient();
  });

  it('says what it is and when it was taken', () => {
    expect(client.transport.info).toEqual({
      source: 'snapshot',
      context: 'small-cluster',
      server: SMALL_CLUSTER,
      namespace: 'default',
    });
    expect(new Date(client.transport.capturedAt).toISOString()).toBe('2026-11-21T04:37:07.000Z');
  });

  it('lists namespaces, pods of one namespace, pods of all', async () => {
    expect(await client.names('/api/v1/namespaces')).toContain('checkout');
    expect(await client.names('/api/v1/namespaces/checkout/pods')).toEqual(['checkout-9db494857-rvbxz']);
    const all = await client.list('/api/v1/pods');
    expect(all).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    expect(all.items.map(item => item.metadata.namespace)).toEqual([
      'catalog',
      'checkout',
      'greeter',
      'greeter',
      'sessions',
      'warehouse',
    ]);
    expect(Number(all.metadata.resourceVersion)).toBeGreaterThan(4000);
  });

  it('finds short directory names and qualified ones', async () => {
    expect(await client.names('/api/v1/persistentvolumeclaims')).toEqual(['data-inventory-db-0']);
    expect(await client.names('/apis/discovery.k8s.io/v1/namespaces/greeter/endpointslices')).toHaveLength(1);
    expect(await client.names('/apis/storage.k8s.io/v1/csinodes')).toEqual([
      'hollow-1',
      'hollow-2',
      'node-1',
    ]);
    const metrics = await client.list('/apis/metrics.k8s.io/v1beta1/namespaces/greeter/pods');
    expect(metrics.kind).toBe('PodMetricsList');
    expect(metrics.items[0]?.['containers'][0].usage.memory).toBe('348Ki');
    expect(await client.names('/apis/metrics.k8s.io/v1beta1/nodes')).toEqual(['node-1']);
  });

  it('gets one object, and lists nothing where nothing was captured', async () => {
    const deployment = await client.get('/apis/apps/v1/namespaces/greeter/deployments/greeter');
    expect(deployment).toMatchObject({ kind: 'Deployment', apiVersion: 'apps/v1' });
    expect(await client.names('/api/v1/namespaces/no-such-namespace/pods')).toEqual([]);
    expect(await client.names('/apis/batch/v1/jobs')).toEqual([]);
  });

  it('selects by labels and fields', async () => {
    const pods = (query: Record<string, string>) => client.names('/api/v1/pods', query);
    expect(await pods({ labelSelector: 'app=greeter' })).toHaveLength(2);
    expect(await pods({ labelSelector: 'app in (checkout, catalog)' })).toHaveLength(2);
    expect(await pods({ labelSelector: 'app notin (greeter),app' })).toHaveLength(4);
    expect(await pods({ labelSelector: '!app' })).toEqual([]);
    expect(await pods({ labelSelector: 'app!=greeter,pod-template-hash' })).toHaveLength(3);
    expect(await pods({ fieldSelector: 'status.phase=Pending' })).toContain('inventory-db-0');
    expect(await pods({ fieldSelector: 'spec.nodeName==node-1,metadata.namespace!=greeter' })).toEqual([
      'catalog-748d6b76cf-mn5t6',
      'checkout-9db494857-rvbxz',
      'session-store-78df6cb6fd-n674d',
    ]);
    const events = await client.list('/api/v1/namespaces/checkout/events', {
      fieldSelector: 'involvedObject.kind=Pod,type=Warning,reason=BackOff',
    });
    expect(events.items.map(event => event['reason'])).toEqual(['BackOff']);
  });

  it('refuses selectors as the API server does', async () => {
    const unparsable = await client.refused('GET', '/api/v1/pods', undefined, {
      query: { labelSelector: 'a in b' },
    });
    expect(unparsable).toMatchObject({ code: 400, reason: 'BadRequest' });
    const field = await client.refused('GET', '/api/v1/pods', undefined, {
      query: { fieldSelector: 'spec.foo=1' },
    });
    expect(field.message).toContain('field label not supported: spec.foo');
  });

  it('pages with limit and continue', async () => {
    const first = await client.list('/api/v1/pods', { limit: 4 });
    expect(first.items).toHaveLength(4);
    expect(first.metadata.remainingItemCount).toBe(2);
    const rest = await client.list('/api/v1/pods', { limit: 4, continue: first.metadata.continue });
    expect(rest.metadata.continue).toBeUndefined();
    const names = [...first.items, ...rest.items].map(item => item.metadata.name);
    expect(names).toEqual(await client.names('/api/v1/pods'));
    const bad = await client.refused('GET', '/api/v1/pods', undefined, { query: { continue: 'x' } });
    expect(bad).toMatchObject({ code: 400 });
  });

  it('answers with metadata only where that is asked for', async () => {
    const list = await client.get('/api/v1/pods', {
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    });
    expect(list.kind).toBe('PartialObjectMetadataList');
    expect(Object.keys(list['items'][0])).toEqual(['kind', 'apiVersion', 'metadata']);
  });

  it('answers discovery, plain and aggregated', async () => {
    expect((await client.get('/version'))['gitVersion']).toBe('v1.36.2');
    expect((await client.get('/api'))['versions']).toEqual(['v1']);
    const groups = (await client.get('/apis'))['groups'].map((group: { name: string }) => group.name);
    expect(groups).toEqual(expect.arrayContaining(['apps', 'batch', 'metrics.k8s.io', 'policy']));
    const apps = await client.get('/apis/apps/v1');
    expect(apps['resources']).toContainEqual(
      expect.objectContaining({
        name: 'deployments',
        kind: 'Deployment',
        shortNames: ['deploy'],
        categories: ['all'],
      }),
    );
    expect(apps['resources']).toContainEqual(
      expect.objectContaining({ name: 'deployments/scale', kind: 'Scale' }),
    );
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const aggregated = await client.get('/api', { accept });
    expect(aggregated.kind).toBe('APIGroupDiscoveryList');
    const pods = aggregated['items'][0].versions[0].resources.find(
      (resource: { resource: string }) => resource.resource === 'pods',
    );
    expect(pods).toMatchObject({ scope: 'Namespaced', responseKind: { kind: 'Pod' }, shortNames: ['po'] });
    expect(await client.text('/readyz')).toBe('ok');
  });

  it('says no with the wording of the API server', async () => {
    expect(await client.refused('GET', '/api/v1/namespaces/checkout/pods/x')).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'pods "x" not found',
    });
    const deployment = await client.refused('GET', '/apis/apps/v1/namespaces/checkout/deployments/x');
    expect(deployment.message).toBe('deployments.apps "x" not found');
    expect(deployment.error.status.details).toEqual({ name: 'x', group: 'apps', kind: 'deployments' });
    for (const path of [
      '/api/v1/widgets',
      '/apis/nope.io/v1',
      '/nope',
      '/api/v2',
      '/api/v1/pods/x',
      '/%zz',
    ]) {
      const { code, message } = await client.refused('GET', path);
      expect([path, code, message]).toEqual([path, 404, 'the server could not find the requested resource']);
    }
    expect(await client.refused('POST', '/version')).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
    const metrics = '/apis/metrics.k8s.io/v1beta1/namespaces/greeter/pods';
    expect(await client.refused('POST', metrics, {})).toMatchObject({ code: 405 });
  });

  it('allows whatever is reviewed', async () => {
    const review = await client.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'delete', resource: 'pods' } },
    });
    expect(review['status'].allowed).toBe(true);
    const rules = await client.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      spec: {},
    });
    expect(rules['status'].resourceRules[0].verbs).toEqual(['*']);
  });

  it('stops with the signal, and answers nothing after closing', async () => {
    const other = await openClient();
    const gone = new AbortController();
    const reason = new Error('enough');
    gone.abort(reason);
    const request = { method: 'GET' as const, path: '/api/v1/pods' };
    await expect(other.transport.request({ ...request, signal: gone.signal })).rejects.toBe(reason);
    await other.transport.close();
    await other.transport.close();
    const late = other.transport.request({ ...request, signal: new AbortController().signal });
    await expect(late).rejects.toThrow(/has been closed/);
  });

  it('takes a query in the path', async () => {
    const signal = new AbortController().signal;
    const path = '/api/v1/pods?labelSelector=app%3Dgreeter';
    const answer = await client.transport.request({ method: 'GET', path, signal });
    expect(JSON.parse(await readText(answer)).items).toHaveLength(2);
  });
});
