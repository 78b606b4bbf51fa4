import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigOf, openSnapshot, serveCluster } from '../../../src/cluster/index.ts';
import type { Transport } from '../../../src/cluster/transport.ts';
import { kubectlFor, succeed } from '../plane/parts/kubectl.ts';
import { type Kv, openKv, openKvOn } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { runKv } from '../support/run-kv.ts';
import { cause, incidents } from '../workloads/incidents.ts';
import { podsOf } from '../workloads/state.ts';

const signal = AbortSignal.timeout(300_000);
const SECRET = 'correct-horse-battery-staple';

/** A printed table as cells, without what time changes. */
function cellsOf(table: string): string[][] {
  const rows = table.trimEnd().split('\n');
  const age = rows[0]!.split(/\s{2,}/).indexOf('AGE');
  return rows.map(row => row.split(/\s{2,}/).filter((_, column) => column !== age));
}

describe('kv snapshot of a live cluster', () => {
  let live: Kv;
  let saved: Kv;
  let snapshot: Transport;
  let directory: string;
  let namespace: string;
  const both = (name: string, params: Record<string, unknown>) =>
    Promise.all([
      live.call<{ items: unknown[] }>(name, params),
      saved.call<{ items: unknown[] }>(name, params),
    ]);

  beforeAll(async () => {
    namespace = await newNamespace('snapshot');
    const { crashLoop, healthy, selectorMismatch } = incidents;
    await Promise.all(
      [crashLoop, healthy, selectorMismatch].map(incident => cause(kubectl(), namespace, incident)),
    );
    await succeed(kubectl(), [
      'create',
      'secret',
      'generic',
      'database',
      '-n',
      namespace,
      `--from-literal=password=${SECRET}`,
    ]);
    await succeed(kubectl(), ['rollout', 'status', 'deploy/frontend', '-n', namespace, '--timeout=60s']);
    // What keeps crashing would change between the capture and the comparison.
    await succeed(kubectl(), ['scale', 'deploy/checkout', '-n', namespace, '--replicas=0']);
    await succeed(kubectl(), [
      'wait',
      'pod',
      '-l',
      'app=checkout',
      '-n',
      namespace,
      '--for=delete',
      '--timeout=60s',
    ]);

    directory = join(await mkdtemp(join(tmpdir(), 'kv-snapshot-')), 'captured');
    const captured = await runKv(['snapshot', '-o', directory, '-n', namespace], {
      kubeconfig: plane().users.admin,
    });
    expect(captured).toMatchObject({ code: 0 });
    live = await openKv(plane().users.admin, namespace);
    snapshot = await openSnapshot(directory, { namespace, signal });
    saved = openKvOn(snapshot);
  });
  afterAll(async () => {
    await live?.close();
    await saved?.close();
    if (directory) await rm(join(directory, '..'), { recursive: true, force: true });
  });

  it.each([
    { kind: 'Pod', fields: ['metadata.labels', 'spec', 'status'] },
    { kind: 'Pod', labelSelector: 'app in (frontend, cart)', fields: ['status.podIP'] },
    { kind: 'Pod', fieldSelector: 'spec.nodeName=node-1', fields: ['status.phase'] },
    { kind: 'deploy', fields: ['spec.replicas', 'status.readyReplicas'] },
    { kind: 'Service', fields: ['spec.selector', 'spec.clusterIP'] },
    { kind: 'EndpointSlice', fields: ['endpoints', 'ports'] },
    { kind: 'Node', fields: ['spec.taints'] },
  ])('lists the same $kind objects, with $fields', async query => {
    const [now, then] = await both('k8s.list', { ...query, sortBy: 'metadata.name' });
    expect(now.items.length).toBeGreaterThan(0);
    expect(then.items).toEqual(now.items);
  });

  it.each(['pods', 'deployments', 'replicasets', 'services', 'endpointslices', 'configmaps', 'secrets'])(
    'is served so that the real kubectl prints the same %s',
    async kind => {
      const served = await serveCluster(snapshot);
      const kubeconfig = join(directory, '..', `kubeconfig-${kind}`);
      await writeFile(kubeconfig, kubeconfigOf(served, { context: 'saved', namespace }), { mode: 0o600 });
      const then = kubectlFor(plane().binaries.kubectl, kubeconfig, join(directory, '..'));
      const args = ['get', kind, '-n', namespace, '-o', 'wide', '--sort-by=.metadata.name'];
      const [real, ours] = await Promise.all([succeed(kubectl(), args), succeed(then, args)]);
      await served.close();
      expect(cellsOf(real).length).toBeGreaterThan(1);
      expect(cellsOf(ours)).toEqual(cellsOf(real));
    },
  );

  it('has the same logs', async () => {
    const pod = (await podsOf(kubectl(), namespace, 'frontend'))[0]!.metadata.name;
    const [now, then] = await both('k8s.logs', { pod });
    expect(then).toEqual(now);
    expect(then).toMatchObject({ lines: ['level=info listening on :8080'] });
  });

  it('keeps the keys of secrets and leaves their values out', async () => {
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter(file => file.isFile()).map(file => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.filter(text => text.includes(SECRET) || text.includes(btoa(SECRET)))).toEqual([]);
    const [now, then] = await Promise.all(
      [live, saved].map(kv => kv.client.get({ kind: 'Secret', name: 'database' }, signal)),
    );
    expect(Object.keys(then?.['data'] ?? {})).toEqual(Object.keys(now?.['data'] ?? {}));
  });

  it('can be investigated without the cluster', async () => {
    const args = [
      'investigate',
      'why does service cart have no endpoints?',
      '--snapshot',
      directory,
      '-n',
      namespace,
    ];
    const { code, stdout } = await runKv([...args, '--model', 'offline', '--output', 'json'], {
      kubeconfig: '/nonexistent',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).report.rootCause).toMatch(/selector.*app=shopping-cart/);
  });
});
