import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeed } from '../plane/parts/kubectl.ts';
import { run } from '../plane/run.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';

interface Drift {
  drifted: boolean;
  objects: number;
  summary: string;
  drift: Array<{
    kind: string;
    name: string;
    path: string;
    change: string;
    rendered?: unknown;
    live?: unknown;
  }>;
  explained: Array<{ path: string; why: string }>;
}

/** A release that the real helm installs and upgrades from the chart that `helm create` writes. */
describe('helm.*', () => {
  let kv: Kv;
  let namespace: string;
  let folder: string;
  const helm = async (...args: string[]) => {
    const { binaries, users } = plane();
    const env = { KUBECONFIG: users.admin, HOME: folder };
    const { code, stderr } = await run(binaries.helm, args, { cwd: folder, env });
    if (code !== 0) throw new Error(`helm ${args.join(' ')} failed: ${stderr}`);
  };
  const edit = (...args: string[]) => succeed(kubectl(), ['-n', namespace, ...args]);
  const drift = () => kv.call<Drift>('helm.drift', { release: 'web' });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kv-helm-'));
    namespace = await newNamespace('helm');
    await helm('create', 'chart');
    await helm('install', 'web', './chart', '-n', namespace, '--set', 'resources.limits.cpu=0.5');
    await helm('upgrade', 'web', './chart', '-n', namespace, '--reuse-values', '--set', 'replicaCount=2');
    kv = await openKv(plane().users.admin, namespace);
  });
  afterAll(async () => {
    await kv?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads the releases, their history and their values', async () => {
    const { items } = await kv.call<{ items: unknown[] }>('helm.list', { namespace });
    expect(items).toEqual([
      expect.objectContaining({
        name: 'web',
        namespace,
        revision: 2,
        status: 'deployed',
        chart: 'chart-0.1.0',
      }),
    ]);
    const { revisions } = await kv.call<{ revisions: Array<Record<string, unknown>> }>('helm.history', {
      release: 'web',
    });
    expect(revisions.map(({ revision, status }) => [revision, status])).toEqual([
      [2, 'deployed'],
      [1, 'superseded'],
    ]);
    const first = await kv.call('helm.get', {
      release: 'web',
      revision: 1,
      parts: ['values', 'allValues', 'notes'],
    });
    expect(first).toMatchObject({
      values: { resources: { limits: { cpu: '0.5' } } },
      allValues: { replicaCount: 1, resources: { limits: { cpu: '0.5' } }, image: { repository: 'nginx' } },
      notes: expect.stringContaining('application URL'),
    });
    expect(first['values']).not.toHaveProperty('replicaCount');
  });

  it('names the releases there are when one is not there', async () => {
    await expect(kv.call('helm.drift', { release: 'wbe' })).rejects.toThrow(/no Helm release wbe/);
    await expect(kv.call('helm.get', { release: 'web', revision: 7 })).rejects.toThrow(/no revision 7/);
  });

  it('finds no drift in what nobody touched, and then exactly what was touched', async () => {
    expect(await drift()).toMatchObject({ drifted: false, drift: [], summary: 'none of 3 objects differs' });
    await edit('set', 'image', 'deploy/web-chart', 'chart=nginx:hotfix');
    await edit('set', 'env', 'deploy/web-chart', 'DEBUG=1');
    await edit('scale', 'deploy/web-chart', '--replicas=5');
    await edit(
      'patch',
      'svc',
      'web-chart',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/ports/0/targetPort","value":9999}]',
    );
    await edit('annotate', 'deploy', 'web-chart', 'note=looked-at');
    await edit('delete', 'sa', 'web-chart');
    const found = await drift();
    const container = '.spec.template.spec.containers[chart]';
    expect(found.drift.map(({ kind, path, change, live }) => [kind, path, change, live])).toEqual([
      ['Deployment', '.spec.replicas', 'changed', 5],
      ['Deployment', `${container}.env`, 'added', [{ name: 'DEBUG', value: '1' }]],
      ['Deployment', `${container}.image`, 'changed', 'nginx:hotfix'],
      ['Service', '.spec.ports[80/TCP].targetPort', 'changed', 9999],
      ['ServiceAccount', '', 'missing', undefined],
    ]);
    await edit('autoscale', 'deploy/web-chart', '--min=2', '--max=5', '--cpu=80%');
    const explained = await drift();
    expect(explained.drift.map(item => item.path)).not.toContain('.spec.replicas');
    expect(explained.explained).toEqual([
      expect.objectContaining({
        path: '.spec.replicas',
        why: 'HorizontalPodAutoscaler web-chart sets the replicas',
      }),
    ]);
  });
});
