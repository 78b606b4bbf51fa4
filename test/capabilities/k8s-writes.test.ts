import { describe, expect, test } from 'vitest';
import { writeBundle } from '../helpers/bundle.ts';
import { openCalls } from './helpers/call.ts';

const greeter = { name: 'greeter', namespace: 'greeter' };

describe('writes go through the gate and answer briefly', () => {
  test('scale, restart, image, labels: one card each, and the change is there afterwards', async () => {
    const { call, cards } = await openCalls();
    expect(await call('k8s.scale', { ...greeter, replicas: 3 })).toEqual({
      kind: 'Deployment',
      name: 'greeter',
      namespace: 'greeter',
      changed: true,
    });
    expect(await call('k8s.restart', greeter)).toMatchObject({ changed: true });
    expect(await call('k8s.setImage', { ...greeter, image: 'greeter:2' })).toMatchObject({ changed: true });
    expect(
      await call('k8s.label', { kind: 'Deployment', ...greeter, labels: { tier: 'gold' } }),
    ).toMatchObject({ changed: true });
    expect(cards.flatMap(card => card.changes).map(change => `${change.verb} ${change.kind}`)).toEqual([
      'scale Deployment',
      'patch Deployment',
      'patch Deployment',
      'patch Deployment',
    ]);
    expect(cards[2]!.changes[0]!.diff).toMatch(/\+ +(- )?image: greeter:2/);
    const after = await call<{ spec: { replicas: number; template: object } }>('k8s.get', {
      kind: 'Deployment',
      ...greeter,
    });
    expect(after.spec).toMatchObject({
      replicas: 3,
      template: { spec: { containers: [{ image: 'greeter:2' }] } },
    });
    expect(JSON.stringify(after)).toContain('kubectl.kubernetes.io/restartedAt');
  });

  test('several manifests are one card; what already is so has not changed', async () => {
    const { call, cards } = await openCalls();
    const configMap = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'sessions' },
      data: { TTL: '3600' },
    });
    const args = { object: [configMap('session-settings'), configMap('other')] };
    expect(await call('k8s.apply', args)).toMatchObject({ items: [{ changed: true }, { changed: true }] });
    expect(cards).toHaveLength(1);
    expect(cards[0]!.changes.map(change => change.verb)).toEqual(['apply', 'apply']);
    expect(await call('k8s.apply', args)).toMatchObject({ items: [{ changed: false }, { changed: false }] });
  });

  test('a denial leaves everything as it was', async () => {
    const { call } = await openCalls({ decide: async () => ({ outcome: 'deny', reason: 'not now' }) });
    await expect(call('k8s.delete', { kind: 'Deployment', ...greeter })).rejects.toThrow(/not now/);
    expect(await call('k8s.get', { kind: 'Deployment', ...greeter })).toMatchObject({ kind: 'Deployment' });
  });

  test('mistakes are explained before anybody is asked', async () => {
    const { call, cards } = await openCalls();
    await expect(call('k8s.scale', { name: 'greter', namespace: 'greeter', replicas: 1 })).rejects.toThrow(
      /greeter/,
    );
    await expect(call('k8s.setImage', { ...greeter, container: 'ap', image: 'x' })).rejects.toThrow(
      /Did you mean "app"/,
    );
    await expect(
      call('k8s.delete', { kind: 'Deployment', name: 'greeter', namespace: 'checkout' }),
    ).rejects.toThrow(/namespace greeter/);
    expect(cards).toEqual([]);
  });
});

describe('k8s.drain', () => {
  const pod = (name: string, controller: string | undefined, metadata: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      ...(controller
        ? {
            ownerReferences: [
              { apiVersion: 'apps/v1', kind: controller, name: 'x', uid: 'x', controller: true },
            ],
          }
        : {}),
      ...metadata,
    },
    spec: { nodeName: 'node-1', containers: [] },
    status: { phase: 'Running' },
  });
  const base = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, spec: {} },
    pod('web-0', 'ReplicaSet'),
    pod('web-1', 'ReplicaSet'),
    pod('agent', 'DaemonSet'),
    pod('static', undefined, { annotations: { 'kubernetes.io/config.mirror': 'h' } }),
  ];

  test('asks once for the cordon and all evictions, and leaves what belongs to the node', async () => {
    const { call, cards } = await openCalls({ bundle: writeBundle(base) });
    const out = await call<{ evicted: string[]; skipped: Array<{ pod: string }> }>('k8s.drain', {
      name: 'node-1',
      timeoutSeconds: 5,
    });
    expect(out.evicted.sort()).toEqual(['shop/web-0', 'shop/web-1']);
    expect(out.skipped.map(item => item.pod).sort()).toEqual(['shop/agent', 'shop/static']);
    expect(cards).toHaveLength(1);
    expect(cards[0]!.changes.map(change => change.verb)).toEqual(['patch', 'evict', 'evict']);
    expect(await call('k8s.get', { kind: 'Node', name: 'node-1' })).toMatchObject({
      spec: { unschedulable: true },
    });
  });

  test('pods that nothing would recreate stop it before anything is asked', async () => {
    const { call, cards } = await openCalls({ bundle: writeBundle([...base, pod('lonely', undefined)]) });
    await expect(call('k8s.drain', { name: 'node-1' })).rejects.toThrow(/shop\/lonely.*force: true/);
    expect(cards).toEqual([]);
  });
});
