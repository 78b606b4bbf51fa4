import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, getJson, succeed } from '../plane/parts/kubectl.ts';
import { KWOK_NODE_SELECTOR, KWOK_TOLERATION } from '../plane/parts/kwok.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { deployment } from '../workloads/manifests.ts';

const simulated = { nodeSelector: KWOK_NODE_SELECTOR, tolerations: [KWOK_TOLERATION] };

describe('writes, as kubectl sees them', () => {
  let kv: Kv;
  let namespace: string;
  const see = (...args: string[]) => succeed(kubectl(), ['get', ...args, '-n', namespace]);
  const field = (object: string, path: string) => see(object, '-o', `jsonpath={${path}}`);

  beforeAll(async () => {
    namespace = await newNamespace('writes');
    kv = await openKv(plane().users.admin, namespace);
    const web = deployment('web', { name: 'web', image: 'web:1' }, { replicas: 2, pod: simulated });
    await apply(kubectl(), [web], '-n', namespace);
    await succeed(kubectl(), ['rollout', 'status', 'deploy/web', '-n', namespace, '--timeout=60s']);
  });
  afterAll(() => kv.close());

  it('scale', async () => {
    expect(await kv.call('k8s.scale', { name: 'web', replicas: 4 })).toMatchObject({
      kind: 'Deployment',
      changed: true,
    });
    expect(await field('deploy/web', '.spec.replicas')).toBe('4');
    expect(await kv.call('k8s.wait', { kind: 'Deployment', name: 'web', for: 'rollout' })).toMatchObject({
      met: true,
    });
    expect(await field('deploy/web', '.status.readyReplicas')).toBe('4');
  });

  it('say when nothing changed', async () => {
    const replicas = Number(await field('deploy/web', '.spec.replicas'));
    expect(await kv.call('k8s.scale', { name: 'web', replicas })).toMatchObject({ changed: false });
  });

  it('set an image and restart, each a new revision', async () => {
    await kv.call('k8s.setImage', { name: 'web', image: 'web:2' });
    expect(await field('deploy/web', '.spec.template.spec.containers[0].image')).toBe('web:2');
    await kv.call('k8s.restart', { name: 'web' });
    expect(await kv.call('k8s.wait', { kind: 'Deployment', name: 'web', for: 'rollout' })).toMatchObject({
      met: true,
    });
    expect(await kv.call('k8s.rolloutStatus', { name: 'web' })).toMatchObject({ done: true, failed: false });

    const { items } = await kv.call<{ items: Array<{ revision: number; images: string[] }> }>(
      'k8s.rolloutHistory',
      { name: 'web' },
    );
    expect(items.map(({ revision, images }) => [revision, images[0]])).toEqual([
      [3, 'web:2'],
      [2, 'web:2'],
      [1, 'web:1'],
    ]);
    const history = await succeed(kubectl(), ['rollout', 'history', 'deploy/web', '-n', namespace]);
    expect(history).toMatch(/^3\s/m);
  });

  it.each([
    ['merge', { metadata: { labels: { tier: 'front' } } }, '.metadata.labels.tier', 'front'],
    ['json', [{ op: 'add', path: '/spec/minReadySeconds', value: 1 }], '.spec.minReadySeconds', '1'],
    [
      'strategic',
      {
        spec: {
          template: { spec: { containers: [{ name: 'web', env: [{ name: 'MODE', value: 'fast' }] }] } },
        },
      },
      '.spec.template.spec.containers[0].env[0].value',
      'fast',
    ],
  ])('patch (%s)', async (type, patch, path, value) => {
    await kv.call('k8s.patch', { kind: 'Deployment', name: 'web', type, patch });
    expect(await field('deploy/web', path)).toBe(value);
  });

  it('label and annotate, and take away again', async () => {
    const target = { kind: 'Deployment', name: 'web' };
    await kv.call('k8s.label', { ...target, labels: { owner: 'shop' } });
    await kv.call('k8s.annotate', { ...target, annotations: { note: 'two words' } });
    expect(await field('deploy/web', '.metadata.labels.owner')).toBe('shop');
    expect(await field('deploy/web', '.metadata.annotations.note')).toBe('two words');
    await kv.call('k8s.label', { ...target, labels: { owner: null } });
    expect(await field('deploy/web', '.metadata.labels.owner')).toBe('');
  });

  it('apply conflicts with another field manager, unless forced', async () => {
    const config = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace },
      data: { level: value },
    });
    const input = JSON.stringify(config('info'));
    await succeed(kubectl(), ['apply', '--server-side', '--field-manager=gitops', '-f', '-'], { input });

    await expect(kv.call('k8s.apply', { object: config('debug') })).rejects.toThrow(/conflict.*gitops/s);
    expect(await field('configmap/settings', '.data.level')).toBe('info');

    await kv.call('k8s.apply', { object: config('debug'), force: true });
    expect(await field('configmap/settings', '.data.level')).toBe('debug');
    const managers = await see(
      'configmap/settings',
      '--show-managed-fields',
      '-o',
      'jsonpath={.metadata.managedFields[*].manager}',
    );
    expect(managers.split(' ')).toContain('kv');
  });

  it('apply on a dry run changes nothing', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'imagined', namespace },
      data: { a: 'b' },
    };
    const answer = await kv.client.apply(object, { dryRun: true }, AbortSignal.timeout(10_000));
    expect(answer['data']).toEqual({ a: 'b' });
    expect((await kubectl()(['get', 'configmap', 'imagined', '-n', namespace])).stderr).toContain(
      'not found',
    );
  });

  it('delete, and the children go too', async () => {
    const gone = deployment('gone', { name: 'gone', image: 'gone:1' }, { pod: simulated });
    await apply(kubectl(), [gone], '-n', namespace);
    await succeed(kubectl(), ['rollout', 'status', 'deploy/gone', '-n', namespace, '--timeout=60s']);
    const { items } = await kv.call<{ items: Array<{ kind: string }> }>('k8s.children', {
      kind: 'Deployment',
      name: 'gone',
    });
    expect(items.map(child => child.kind)).toEqual(['ReplicaSet', 'Pod']);
    await kv.call('k8s.delete', { kind: 'Deployment', name: 'gone', propagation: 'Foreground' });
    expect(await kv.call('k8s.wait', { kind: 'Deployment', name: 'gone', for: 'deleted' })).toMatchObject({
      met: true,
    });
    const left = await getJson<{ items: unknown[] }>(
      kubectl(),
      'replicasets,pods',
      '-l',
      'app=gone',
      '-n',
      namespace,
    );
    expect(left.items).toEqual([]);
  });
});
