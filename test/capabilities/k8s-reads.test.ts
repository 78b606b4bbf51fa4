import { describe, expect, test } from 'vitest';
import { writeBundle } from '../helpers/bundle.ts';
import { openCalls } from './helpers/call.ts';

interface Items<T = Record<string, unknown>> {
  items: T[];
  count: number;
  truncated: boolean;
  note?: string;
}

describe('k8s.list and k8s.get', () => {
  test('selects fields, sorts by a path, and cuts with a mark', async () => {
    const { call } = await openCalls();
    const args = {
      kind: 'deploy',
      namespace: '*',
      fields: ['spec.replicas'],
      sortBy: '-spec.replicas',
      limit: 2,
    };
    const out = await call<Items<{ metadata: { name: string }; spec: { replicas: number } }>>(
      'k8s.list',
      args,
    );
    expect(out.truncated).toBe(true);
    expect(out.items).toHaveLength(2);
    expect(out.items[0]).toMatchObject({ metadata: { name: 'greeter' }, spec: { replicas: 2 } });
    expect(out.items[0]).not.toHaveProperty('status');
  });

  test('takes names with wildcards', async () => {
    const { call } = await openCalls();
    const out = await call<Items<{ metadata: { name: string } }>>('k8s.list', {
      kind: 'Pod',
      namespace: '*',
      name: 'check*',
      fields: ['metadata.name'],
    });
    expect(out.items.map(item => item.metadata.name)).toEqual(['checkout-9db494857-rvbxz']);
  });

  test('an empty list from a namespace that does not exist says so', async () => {
    const { call } = await openCalls();
    await expect(call('k8s.list', { kind: 'Pod', namespace: 'chekout' })).rejects.toThrow(
      /chekout does not exist/,
    );
    await expect(call('k8s.pods', { namespace: 'chekout' })).rejects.toThrow(/chekout does not exist/);
    await expect(call('k8s.events', { namespace: 'chekout' })).rejects.toThrow(/chekout does not exist/);
  });

  test('secret values never appear, whatever is selected', async () => {
    const password = Buffer.from('Tr0ub4dor&3').toString('base64');
    const bundle = writeBundle([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'db', namespace: 'shop' },
        type: 'Opaque',
        data: { pw: password },
      },
    ]);
    const { call } = await openCalls({ bundle, namespace: 'shop' });
    const all = [
      await call('k8s.get', { kind: 'Secret', name: 'db' }),
      await call('k8s.list', { kind: 'Secret' }),
      await call('k8s.list', { kind: 'Secret', fields: ['data'] }),
      await call('k8s.list', { kind: 'Secret', fields: ['data.pw'] }),
    ];
    expect(JSON.stringify(all)).not.toContain(password);
    expect(JSON.stringify(all).match(/"\$secret"/g)).toHaveLength(4);
    await expect(call('k8s.wait', { kind: 'Secret', name: 'db', for: 'data.pw=x' })).rejects.toThrow(
      /cannot be waited for/,
    );
    const { data } = all[0] as unknown as { data: { pw: object } };
    expect(await call('secret.matches', { handle: data.pw, pattern: '^Tr0' })).toEqual({ matches: true });
  });
});

describe('k8s.pods', () => {
  test('puts the pods with a problem first, with their causes', async () => {
    const { call } = await openCalls();
    const out = await call<Items & { problems: number }>('k8s.pods', { namespace: '*' });
    expect(out.problems).toBe(4);
    expect(out.items[0]).toMatchObject({ problem: true });
    expect(out.items.at(-1)).toMatchObject({ problem: false, status: 'Running', ready: '1/1' });
    const byName = (prefix: string) => out.items.find(item => String(item.name).startsWith(prefix));
    expect(byName('checkout')).toMatchObject({
      status: 'CrashLoopBackOff',
      owner: 'Deployment/checkout',
      lastExit: { code: 1 },
    });
    expect(byName('catalog')).toMatchObject({
      status: 'ImagePullBackOff',
      message: expect.stringContaining('catalog:v9'),
    });
    expect(byName('session')).toMatchObject({
      reason: 'CreateContainerConfigError',
      message: expect.stringContaining('session-settings'),
    });
    expect(byName('inventory')).toMatchObject({ status: 'Pending', reason: 'Unschedulable' });
  });

  test('finds the pods of a workload, a claim, a node, and says why a service has none', async () => {
    const { call } = await openCalls();
    const names = async (args: Record<string, unknown>) =>
      (await call<Items<{ name: string }>>('k8s.pods', args)).items.map(item => item.name);
    expect(await names({ namespace: 'greeter', owner: 'service/greeter' })).toHaveLength(2);
    expect(await names({ namespace: 'warehouse', owner: 'pvc/data-inventory-db-0' })).toEqual([
      'inventory-db-0',
    ]);
    expect(await names({ namespace: 'warehouse', owner: 'sts/inventory-db' })).toEqual(['inventory-db-0']);
    expect((await names({ namespace: 'greeter', owner: 'node/node-1' })).length).toBeGreaterThan(2);
    const bundle = writeBundle([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { selector: { app: 'web', version: 'v2' } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web', version: 'v1' } },
        spec: {},
      },
    ]);
    const other = await openCalls({ bundle, namespace: 'shop' });
    const none = await other.call<Items>('k8s.pods', { owner: 'service/web' });
    expect(none).toMatchObject({
      items: [],
      note: 'no pod in shop matches app=web,version=v2 of Service/web',
    });
    await expect(other.call('k8s.pods', { owner: 'web' })).rejects.toThrow(/deployment\/web/);
  });
});

describe('k8s.logs and k8s.grepLogs', () => {
  test('reads the worst pod of a workload and says which', async () => {
    const { call } = await openCalls({ namespace: 'checkout' });
    const out = await call<{ lines: string[]; note: string; truncated: boolean }>('k8s.logs', {
      pod: 'deployment/checkout',
      tailLines: 2,
    });
    expect(out.lines).toHaveLength(2);
    expect(out.lines.at(-1)).toBe('FATAL: required environment variable DATABASE_URL is not set');
    expect(out).toMatchObject({ truncated: true, note: expect.stringContaining('CrashLoopBackOff') });
  });

  test('greps the whole log, and names the valid containers on a typo', async () => {
    const { call } = await openCalls({ namespace: 'checkout' });
    const pod = 'checkout-9db494857-rvbxz';
    const found = await call<{ lines: string[] }>('k8s.logs', { pod, grep: 'id=(7|8) ' });
    expect(found.lines.every(line => /id=[78] /.test(line))).toBe(true);
    expect(await call('k8s.logs', { pod, grep: 'nothing-like-it' })).toMatchObject({
      lines: [],
      note: 'no line matches',
    });
    await expect(call('k8s.logs', { pod, container: 'ap' })).rejects.toThrow(/Did you mean "app"/);
    await expect(call('k8s.logs', { pod: 'deployment/chekout' })).rejects.toThrow(/checkout/);
  });

  test('says why there is no log', async () => {
    const { call } = await openCalls();
    const read = async (pod: string, namespace: string) =>
      (await call<{ note: string }>('k8s.logs', { pod, namespace })).note;
    expect(await read('sts/inventory-db', 'warehouse')).toContain('not scheduled');
    expect(await read('deployment/session-store', 'sessions')).toMatch(/has not started|waiting/);
  });

  test('an empty log of a restarted container points to the previous run', async () => {
    const status = { name: 'app', restartCount: 3, ready: true, state: { running: {} } };
    const bundle = writeBundle(
      [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'web-0', namespace: 'shop' },
          spec: {
            nodeName: 'n',
            containers: [
              { name: 'app', image: 'x' },
              { name: 'proxy', image: 'y' },
            ],
          },
          status: {
            phase: 'Running',
            containerStatuses: [
              { ...status, lastState: { terminated: { exitCode: 2 } } },
              { name: 'proxy', ready: true, restartCount: 0, state: { running: {} } },
            ],
          },
        },
      ],
      { 'shop/web-0/app': '', 'shop/web-0/app-previous': '2026-11-21T04:00:00Z panic: boom\n' },
    );
    const { call } = await openCalls({ bundle, namespace: 'shop' });
    const now = await call<{ note: string; container: string }>('k8s.logs', { pod: 'web-0' });
    expect(now).toMatchObject({ container: 'app', note: expect.stringContaining('previous: true') });
    expect(now.note).toContain('read container app');
    expect(await call('k8s.logs', { pod: 'web-0', previous: true })).toMatchObject({
      lines: [expect.stringContaining('panic: boom')],
    });
  });

  test('searches many pods with context and counts', async () => {
    const { call } = await openCalls();
    const out = await call<{
      matches: Array<{ before: string[] }>;
      counts: object;
      podsSearched: number;
      unreadable: unknown[];
    }>('k8s.grepLogs', {
      namespace: '*',
      pattern: 'fatal|panic',
      ignoreCase: true,
      before: 1,
    });
    expect(out.counts).toEqual({ 'checkout/checkout-9db494857-rvbxz': 1 });
    expect(out.matches[0]!.before[0]).toContain('id=399');
    expect(out.podsSearched).toBeGreaterThan(3);
    expect(out.unreadable.length).toBeGreaterThan(0);
  });
});

describe('k8s.events', () => {
  const event = (fields: Record<string, unknown>) => ({
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: { kind: 'PersistentVolumeClaim', name: 'data', namespace: 'shop' },
    reason: 'FailedBinding',
    message: 'no volume',
    type: 'Normal',
    ...fields,
    metadata: {
      name: `e${Math.abs(JSON.stringify(fields).length)}-${String(fields.lastTimestamp ?? fields.eventTime)}`,
      namespace: 'shop',
    },
  });

  test('merges the old and the new form, newest first, and keeps Normal ones of a named object', async () => {
    const bundle = writeBundle([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      event({ count: 3, firstTimestamp: '2026-11-21T04:00:00Z', lastTimestamp: '2026-11-21T04:30:00Z' }),
      event({
        eventTime: '2026-11-21T04:10:00.000000Z',
        series: { count: 2, lastObservedTime: '2026-11-21T04:37:30.000000Z' },
      }),
      event({ reason: 'Old', lastTimestamp: '2026-11-21T03:00:00Z' }),
    ]);
    const { call } = await openCalls({ bundle, namespace: 'shop' });
    const all = await call<Items>('k8s.events', { name: 'data', type: 'Warning' });
    expect(all.items).toMatchObject([
      {
        reason: 'FailedBinding',
        count: 5,
        lastSeen: '2026-11-21T04:37:30.000000Z',
        firstSeen: '2026-11-21T04:00:00Z',
      },
      { reason: 'Old' },
    ]);
    expect((await call<Items>('k8s.events', { sinceSeconds: 60 })).items).toHaveLength(1);
    expect((await call<Items>('k8s.events', { type: 'Warning' })).items).toEqual([]);
    expect((await call<Items>('k8s.events', { name: 'dat*' })).items).toHaveLength(2);
  });
});

describe('relations, metrics, rollouts, waiting', () => {
  test('owners up and children down', async () => {
    const { call } = await openCalls({ namespace: 'checkout' });
    const up = await call<Items>('k8s.owners', { kind: 'Pod', name: 'checkout-9db494857-rvbxz' });
    expect(up.items.map(item => item.kind)).toEqual(['ReplicaSet', 'Deployment']);
    const down = await call<Items>('k8s.children', { kind: 'Deployment', name: 'checkout' });
    expect(down.items).toMatchObject([
      { kind: 'ReplicaSet', depth: 1 },
      { kind: 'Pod', depth: 2, status: 'CrashLoopBackOff 0/1', parent: 'ReplicaSet/checkout-9db494857' },
    ]);
    const service = await call<Items>('k8s.children', { kind: 'svc', name: 'greeter', namespace: 'greeter' });
    expect(service.items.map(item => item.kind)).toEqual(['Pod', 'Pod']);
  });

  test('children follow references as well as owners', async () => {
    const owner = (kind: string, name: string) => [
      { apiVersion: 'v1', kind, name, uid: `uid-${name}`, controller: true },
    ];
    const object = (
      apiVersion: string,
      kind: string,
      name: string,
      fields: object = {},
      metadata: object = {},
    ) => ({
      apiVersion,
      kind,
      metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...metadata },
      ...fields,
    });
    const target = { kind: 'Deployment', name: 'web' };
    const backend = (name: string) => ({ service: { name } });
    const bundle = writeBundle([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      object('batch/v1', 'CronJob', 'nightly', { spec: { schedule: '0 0 * * *' } }),
      object(
        'batch/v1',
        'Job',
        'nightly-1',
        { spec: {}, status: { failed: 1 } },
        { ownerReferences: owner('CronJob', 'nightly') },
      ),
      object('v1', 'Pod', 'nightly-1-x', { spec: {} }, { ownerReferences: owner('Job', 'nightly-1') }),
      object('apps/v1', 'Deployment', 'web', { spec: { replicas: 1 } }),
      object(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        'web',
        { spec: { scaleTargetRef: target } },
        { uid: 'uid-hpa' },
      ),
      object('networking.k8s.io/v1', 'Ingress', 'edge', {
        spec: { rules: [{ http: { paths: [{ backend: backend('web') }, { backend: backend('gone') }] } }] },
      }),
      object('v1', 'Service', 'web', { spec: { selector: { app: 'web' } } }, { uid: 'uid-svc' }),
    ]);
    const { call } = await openCalls({ bundle, namespace: 'shop' });
    const below = async (kind: string, name: string) =>
      (await call<Items>('k8s.children', { kind, name })).items.map(item =>
        `${item.kind}/${item.name} ${item.status ?? ''}`.trim(),
      );
    expect(await below('CronJob', 'nightly')).toEqual([
      'Job/nightly-1 0 succeeded, 1 failed, 0 active',
      'Pod/nightly-1-x Unknown 0/0',
    ]);
    expect(await below('HorizontalPodAutoscaler', 'web')).toEqual(['Deployment/web 0/1 ready']);
    expect(await below('Ingress', 'edge')).toEqual(['Service/web', 'Service/gone missing']);
    expect((await call<Items>('k8s.pods', { owner: 'cronjob/nightly' })).items).toHaveLength(1);
  });

  test('top reads metrics in plain units, and says where there are none', async () => {
    const { call } = await openCalls();
    const pods = await call<Items>('k8s.top', { namespace: 'greeter' });
    expect(pods.items[0]).toMatchObject({ memory: { used: 400 * 1024 }, cpu: { used: 0.1 } });
    const nodes = await call<Items>('k8s.top', { kind: 'nodes' });
    expect(nodes.items[0]).toMatchObject({ name: 'node-1', memory: { percent: expect.any(Number) } });
    const bundle = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }]);
    const bare = await openCalls({ bundle });
    await expect(bare.call('k8s.top')).rejects.toThrow(/metrics-server/);
  });

  test('rollout status, and waiting that ends at its deadline with what was seen last', async () => {
    const { call } = await openCalls({ namespace: 'checkout' });
    expect(await call('k8s.rolloutStatus', { name: 'checkout' })).toMatchObject({
      done: false,
      desired: 1,
      available: 0,
    });
    expect(
      await call('k8s.wait', { kind: 'Deployment', name: 'greeter', namespace: 'greeter', for: 'rollout' }),
    ).toMatchObject({ met: true });
    expect(await call('k8s.wait', { kind: 'Pod', name: 'gone', for: 'deleted' })).toMatchObject({
      met: true,
    });
    const late = { kind: 'Deployment', name: 'checkout', for: 'condition=Available', timeoutSeconds: 0.05 };
    expect(await call('k8s.wait', late)).toMatchObject({
      met: false,
      state: expect.stringContaining('Available=False'),
    });
    expect(await call('k8s.wait', { ...late, for: 'spec.replicas=1' })).toMatchObject({ met: true });
    await expect(call('k8s.wait', { ...late, for: 'happy' })).rejects.toThrow(/does not understand/);
  });

  test('cancelling ends a wait at once', async () => {
    const { call, controller } = await openCalls({ namespace: 'checkout' });
    const waiting = call('k8s.wait', {
      kind: 'Deployment',
      name: 'checkout',
      for: 'rollout',
      timeoutSeconds: 3000,
    });
    setImmediate(() => controller.abort(new Error('stopped')));
    await expect(waiting).rejects.toThrow('stopped');
  });

  test('rollout history shows what changed between revisions', async () => {
    const replicaSet = (revision: number, image: string) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `web-${revision}`,
        namespace: 'shop',
        creationTimestamp: `2026-11-2${revision}T00:00:00Z`,
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u1', controller: true },
        ],
      },
      spec: {
        template: {
          metadata: { labels: { 'pod-template-hash': String(revision) } },
          spec: {
            containers: [
              { name: 'app', image, env: [{ name: 'DB_PASSWORD', value: `Tr0ub4dor-${revision}` }] },
            ],
          },
        },
      },
    });
    const bundle = writeBundle([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
        spec: {},
      },
      replicaSet(1, 'web:1'),
      replicaSet(2, 'web:2'),
    ]);
    const { call } = await openCalls({ bundle, namespace: 'shop' });
    const { items } = await call<Items<{ diff?: string }>>('k8s.rolloutHistory', { name: 'web' });
    expect(items).toMatchObject([
      { revision: 2, current: true, images: ['web:2'] },
      { revision: 1, current: false },
    ]);
    expect(items[0]!.diff).toMatch(/^- +image: web:1$/m);
    expect(items[0]!.diff).toMatch(/^\+ +image: web:2$/m);
    expect(items[0]!.diff).toMatch(/^\+ +value: ‹secret:db_password:\d+›$/m);
    expect(items[0]!.diff).not.toMatch(/pod-template-hash|Tr0ub4dor/);
  });

  test('state outlives a call', async () => {
    const { call } = await openCalls();
    await call('state.set', { key: 'seen', value: ['a'] });
    expect(await call('state.get', { key: 'seen' })).toEqual(['a']);
    expect(await call('state.keys')).toEqual(['seen']);
    expect(await call('state.delete', { key: 'seen' })).toEqual({ deleted: true });
    expect(await call('state.get', { key: 'seen' })).toBeNull();
  });
});
