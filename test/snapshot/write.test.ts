import { beforeEach, describe, expect, it } from 'vitest';
import { APPLY, type Client, JSON_PATCH, MERGE, openClient, STRATEGIC } from './helpers/client.ts';

const CONFIGMAPS = '/api/v1/namespaces/checkout/configmaps';
const DEPLOYMENT = '/apis/apps/v1/namespaces/checkout/deployments/checkout';
const PODS = '/api/v1/namespaces/checkout/pods';
const DRY = { query: { dryRun: 'All' } };

describe('writing to a snapshot', () => {
  let client: Client;
  beforeEach(async () => {
    client = await openClient(undefined, {
      now: () => Date.parse('2026-11-21T05:00:00.700Z'),
      random: () => 0,
    });
  });

  describe('create', () => {
    it('stamps what the server stamps, and keeps it for this snapshot only', async () => {
      const created = await client.send('POST', CONFIGMAPS, {
        metadata: { name: 'flags' },
        data: { a: '1' },
      });
      expect(created).toMatchObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'flags', namespace: 'checkout', creationTimestamp: '2026-11-21T05:00:00Z' },
      });
      expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await client.get(`${CONFIGMAPS}/flags`)).toEqual(created);
      expect(await client.names(CONFIGMAPS)).toEqual(['flags']);
      expect(await (await openClient()).names(CONFIGMAPS)).toEqual([]);
    });

    it('makes up a name from generateName', async () => {
      const body = { metadata: { generateName: 'job-' } };
      expect((await client.send('POST', CONFIGMAPS, body)).metadata.name).toBe('job-bbbbb');
    });

    it('refuses what the server refuses', async () => {
      const post = (body: unknown, path = CONFIGMAPS) => client.refused('POST', path, body);
      await client.send('POST', CONFIGMAPS, { metadata: { name: 'flags' } });
      expect(await post({ metadata: { name: 'flags' } })).toMatchObject({
        code: 409,
        reason: 'AlreadyExists',
        message: 'configmaps "flags" already exists',
      });
      expect(await post({ metadata: { name: 'A_b' } })).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(await post({ metadata: {} })).toMatchObject({ code: 422 });
      expect(await post({ metadata: { name: 'x', namespace: 'other' } })).toMatchObject({
        code: 400,
        message: 'the namespace of the provided object does not match the namespace sent on the request',
      });
      expect(await post({ kind: 'Pod', metadata: { name: 'x' } })).toMatchObject({ code: 400 });
      expect(await post('{]')).toMatchObject({ code: 400 });
      expect(await post({ metadata: { name: 'x' } }, '/api/v1/namespaces/gone/configmaps')).toMatchObject({
        code: 404,
        message: 'namespaces "gone" not found',
      });
      const protobuf = await client.refused('POST', CONFIGMAPS, 'k8s', {
        contentType: 'application/vnd.kubernetes.protobuf',
      });
      expect(protobuf).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    });

    it('changes nothing in a dry run', async () => {
      const dry = await client.send('POST', CONFIGMAPS, { metadata: { name: 'flags' } }, DRY);
      expect(dry.metadata.name).toBe('flags');
      expect(await client.names(CONFIGMAPS)).toEqual([]);
      const wrong = await client.refused('POST', CONFIGMAPS, {}, { query: { dryRun: 'Some' } });
      expect(wrong).toMatchObject({ code: 400 });
    });
  });

  describe('update', () => {
    it('replaces, counts generations of the spec, and leaves the status alone', async () => {
      const before = await client.get(DEPLOYMENT);
      const next = { ...before, spec: { ...before['spec'], replicas: 3 }, status: {} };
      const after = await client.send('PUT', DEPLOYMENT, next);
      expect(after['spec'].replicas).toBe(3);
      expect(after.metadata.generation).toBe(before.metadata.generation! + 1);
      expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
      expect(after['status']).toEqual(before['status']);
      const labelled = await client.send('PATCH', DEPLOYMENT, { metadata: { labels: { a: 'b' } } }, MERGE);
      expect(labelled.metadata.generation).toBe(after.metadata.generation);
    });

    it('refuses a stale resourceVersion', async () => {
      const before = await client.get(DEPLOYMENT);
      await client.send('PATCH', DEPLOYMENT, { spec: { replicas: 4 } }, MERGE);
      const stale = await client.refused('PUT', DEPLOYMENT, before);
      expect(stale).toMatchObject({ code: 409, reason: 'Conflict' });
      expect(stale.message).toBe(
        'Operation cannot be fulfilled on deployments.apps "checkout": the object has been modified; please apply your changes to the latest version and try again',
      );
      const { resourceVersion } = before.metadata;
      const pinned = { metadata: { resourceVersion }, spec: { replicas: 5 } };
      expect(await client.refused('PATCH', DEPLOYMENT, pinned, MERGE)).toMatchObject({ code: 409 });
    });

    it('writes no new version when nothing changes', async () => {
      const before = await client.get(DEPLOYMENT);
      const same = await client.send(
        'PATCH',
        DEPLOYMENT,
        { spec: { replicas: before['spec'].replicas } },
        MERGE,
      );
      expect(same.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    it('writes the status through its own endpoint', async () => {
      const patch = { spec: { replicas: 9 }, status: { readyReplicas: 7 } };
      const after = await client.send('PATCH', `${DEPLOYMENT}/status`, patch, MERGE);
      expect(after['status'].readyReplicas).toBe(7);
      expect(after['spec'].replicas).toBe(1);
    });

    it('refuses changes of immutable fields and impossible values', async () => {
      const selector = { spec: { selector: { matchLabels: { app: 'other' } } } };
      const refused = await client.refused('PATCH', DEPLOYMENT, selector, MERGE);
      expect(refused).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(refused.message).toMatch(
        /^Deployment.apps "checkout" is invalid: spec.selector: .*field is immutable$/,
      );
      const negative = await client.refused('PATCH', DEPLOYMENT, { spec: { replicas: -1 } }, MERGE);
      expect(negative.message).toContain('must be greater than or equal to 0');
      const pod = `${PODS}/checkout-9db494857-rvbxz`;
      const env = { spec: { containers: [{ name: 'app', env: [{ name: 'A', value: 'b' }] }] } };
      const forbidden = await client.refused('PATCH', pod, env, STRATEGIC);
      expect(forbidden.message).toContain('spec: Forbidden: pod updates may not change fields other than');
      const image = { spec: { containers: [{ name: 'app', image: 'app:2' }] } };
      expect((await client.send('PATCH', pod, image, STRATEGIC))['spec'].containers[0].image).toBe('app:2');
      const renamed = await client.refused('PATCH', DEPLOYMENT, { metadata: { name: 'x' } }, MERGE);
      expect(renamed).toMatchObject({ code: 400 });
    });
  });

  describe('patch', () => {
    it('takes JSON patches, and names what failed without the object', async () => {
      const ops = [
        { op: 'test', path: '/spec/replicas', value: 1 },
        { op: 'replace', path: '/spec/replicas', value: 2 },
      ];
      expect((await client.send('PATCH', DEPLOYMENT, ops, JSON_PATCH))['spec'].replicas).toBe(2);
      const refused = await client.refused('PATCH', DEPLOYMENT, ops, JSON_PATCH);
      expect(refused).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(refused.message).toMatch(/^the server rejected our request due to an error in our request/);
      expect(refused.message.split('\n')).toHaveLength(1);
      expect(await client.refused('PATCH', DEPLOYMENT, {}, JSON_PATCH)).toMatchObject({ code: 400 });
    });

    it('merges containers, env and mounts by their keys', async () => {
      const patch = (container: object) => ({
        spec: { template: { spec: { containers: [{ name: 'app', ...container }] } } },
      });
      const env = (values: object[]) => client.send('PATCH', DEPLOYMENT, patch({ env: values }), STRATEGIC);
      await env([{ name: 'A', value: '1' }]);
      const after = await env([{ name: 'DATABASE_URL', value: 'db' }]);
      const [container] = after['spec'].template.spec.containers;
      expect(container.image).toBe('busybox:1.36');
      expect(container.env).toEqual([
        { name: 'A', value: '1' },
        { name: 'DATABASE_URL', value: 'db' },
      ]);
      const removed = await env([{ name: 'A', $patch: 'delete' } as object]);
      expect(removed['spec'].template.spec.containers[0].env).toEqual([
        { name: 'DATABASE_URL', value: 'db' },
      ]);
      const replaced = await env([{ $patch: 'replace' } as object, { name: 'C', value: '3' }]);
      expect(replaced['spec'].template.spec.containers[0].env).toEqual([{ name: 'C', value: '3' }]);
    });

    it('replaces atomic lists, and honours $retainKeys, $setElementOrder and $deleteFromPrimitiveList', async () => {
      const spec = (inner: object) => ({ spec: { template: { spec: inner } } });
      const tolerations = [{ key: 'a', operator: 'Exists' }];
      await client.send(
        'PATCH',
        DEPLOYMENT,
        spec({ tolerations: [{ key: 'b', operator: 'Exists' }] }),
        STRATEGIC,
      );
      const volumes = [
        { name: 'one', emptyDir: {} },
        { name: 'two', emptyDir: {} },
      ];
      const first = await client.send('PATCH', DEPLOYMENT, spec({ tolerations, volumes }), STRATEGIC);
      expect(first['spec'].template.spec.tolerations).toEqual(tolerations);
      const second = await client.send(
        'PATCH',
        DEPLOYMENT,
        {
          metadata: { finalizers: ['a.io/x', 'b.io/y'] },
          ...spec({
            '$setElementOrder/volumes': [{ name: 'two' }, { name: 'one' }],
            volumes: [{ name: 'one', configMap: { name: 'flags' }, $retainKeys: ['name', 'configMap'] }],
          }),
        },
        STRATEGIC,
      );
      expect(second['spec'].template.spec.volumes).toEqual([
        { name: 'two', emptyDir: {} },
        { name: 'one', configMap: { name: 'flags' } },
      ]);
      const remove = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.io/x'] } };
      const third = await client.send('PATCH', DEPLOYMENT, remove, STRATEGIC);
      expect(third.metadata.finalizers).toEqual(['b.io/y']);
    });

    it('refuses other media types', async () => {
      const refused = await client.refused('PATCH', DEPLOYMENT, {}, { contentType: 'application/json' });
      expect(refused).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
      expect(refused.message).toContain('application/strategic-merge-patch+json');
    });

    it('does not let a patch reach prototypes', async () => {
      const body = '{"metadata":{"labels":{"__proto__":{"polluted":"yes"},"a":"b"}}}';
      await client.send('PATCH', DEPLOYMENT, body, MERGE);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });

    it('applies server-side: creates, then merges', async () => {
      const path = `${CONFIGMAPS}/flags`;
      const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: flags\ndata:\n  a: "1"\n';
      expect((await client.send('PATCH', path, yaml, APPLY))['data']).toEqual({ a: '1' });
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'flags' }, data: { b: '2' } };
      expect((await client.send('PATCH', path, body, APPLY))['data']).toEqual({ a: '1', b: '2' });
      const both = ['c', 'd'].map(key =>
        client.send(
          'PATCH',
          `${CONFIGMAPS}/new`,
          {
            ...body,
            metadata: { name: 'new' },
            data: { [key]: '3' },
          },
          APPLY,
        ),
      );
      await Promise.all(both);
      expect((await client.get(`${CONFIGMAPS}/new`))['data']).toEqual({ c: '3', d: '3' });
      const nobody = await client.refused('PATCH', path, body, { contentType: APPLY.contentType });
      expect(nobody).toMatchObject({ code: 422 });
      expect(nobody.message).toContain('fieldManager');
    });
  });

  describe('delete and evict', () => {
    const pod = `${PODS}/checkout-9db494857-rvbxz`;

    it('removes a pod, for good', async () => {
      expect((await client.send('DELETE', pod, undefined, DRY)).kind).toBe('Pod');
      expect(await client.names(PODS)).toHaveLength(1);
      await client.send('DELETE', pod);
      expect(await client.names(PODS)).toEqual([]);
      expect(await client.names('/api/v1/pods')).toHaveLength(5);
      expect(await client.refused('DELETE', pod)).toMatchObject({ code: 404 });
    });

    it('checks preconditions', async () => {
      const wrong = await client.refused('DELETE', pod, { preconditions: { uid: 'other' } });
      expect(wrong).toMatchObject({ code: 409, reason: 'Conflict' });
      expect(wrong.message).toContain('Precondition failed: UID in precondition: other');
      const { uid, resourceVersion } = (await client.get(pod)).metadata;
      await client.send('DELETE', pod, { preconditions: { uid, resourceVersion } });
    });

    it('answers a Status for other kinds, and deletes collections by selector', async () => {
      expect(await client.send('DELETE', DEPLOYMENT)).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'checkout', group: 'apps', kind: 'deployments' },
      });
      const path = '/api/v1/namespaces/greeter/pods';
      const gone = await client.send('DELETE', path, undefined, { query: { labelSelector: 'app=none' } });
      expect(gone['items']).toEqual([]);
      await client.send('DELETE', path, undefined, { query: { labelSelector: 'app=greeter' } });
      expect(await client.names(path)).toEqual([]);
    });

    it('only marks what finalizers hold, until they are gone', async () => {
      const claim = '/api/v1/namespaces/warehouse/persistentvolumeclaims/data-inventory-db-0';
      const marked = await client.send('DELETE', claim);
      expect(marked.metadata.deletionTimestamp).toBe('2026-11-21T05:00:00Z');
      await client.send('PATCH', claim, { metadata: { finalizers: null } }, MERGE);
      expect(await client.refused('GET', claim)).toMatchObject({ code: 404 });
      const namespace = await client.send('DELETE', '/api/v1/namespaces/greeter');
      expect(namespace['status'].phase).toBe('Terminating');
    });

    it('evicts a pod while its budget allows it', async () => {
      const greeters = '/api/v1/namespaces/greeter/pods';
      const [first, second] = await client.names(greeters);
      const budgets = '/apis/policy/v1/namespaces/greeter/poddisruptionbudgets';
      await client.send('POST', budgets, {
        metadata: { name: 'greeter' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'greeter' } } },
      });
      const status = { status: { disruptionsAllowed: 1, desiredHealthy: 1, currentHealthy: 2 } };
      await client.send('PATCH', `${budgets}/greeter/status`, status, MERGE);
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: first } };
      await client.send('POST', `${greeters}/${first}/eviction`, eviction, DRY);
      expect(await client.send('POST', `${greeters}/${first}/eviction`, eviction)).toMatchObject({
        kind: 'Status',
        status: 'Success',
      });
      expect(await client.names(greeters)).toEqual([second]);
      const refused = await client.refused('POST', `${greeters}/${second}/eviction`, {
        metadata: { name: second },
      });
      expect(refused).toMatchObject({ code: 429, reason: 'TooManyRequests' });
      expect(refused.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
      expect(await client.names(greeters)).toEqual([second]);
    });
  });

  it('scales', async () => {
    const scale = await client.get(`${DEPLOYMENT}/scale`);
    expect(scale).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 1 },
      status: { selector: 'app=checkout' },
    });
    await client.send('PATCH', `${DEPLOYMENT}/scale`, { spec: { replicas: 3 } }, { ...MERGE, ...DRY });
    expect((await client.get(DEPLOYMENT))['spec'].replicas).toBe(1);
    await client.send('PATCH', `${DEPLOYMENT}/scale`, { spec: { replicas: 3 } }, MERGE);
    const put = await client.send('PUT', `${DEPLOYMENT}/scale`, {
      ...scale,
      metadata: {},
      spec: { replicas: 4 },
    });
    expect(put['spec'].replicas).toBe(4);
    expect((await client.get(DEPLOYMENT))['spec'].replicas).toBe(4);
    expect(await client.refused('PUT', `${DEPLOYMENT}/scale`, scale)).toMatchObject({ code: 409 });
    expect(await client.refused('GET', `${PODS}/checkout-9db494857-rvbxz/scale`)).toMatchObject({
      code: 404,
    });
  });
});
