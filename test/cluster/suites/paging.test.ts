import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeed } from '../plane/parts/kubectl.ts';
import { type Plane, startPlane } from '../plane/plane.ts';
import { progressTo } from '../plane/progress.ts';
import { waitFor } from '../plane/wait.ts';
import { createMany, simulatedPods } from '../support/fleet.ts';
import { type Kv, openKv } from '../support/kv.ts';

const PODS = 5_000;
const signal = AbortSignal.timeout(600_000);

/** A plane of its own, so that no other suite has 5,000 pods in its way. */
describe('5,000 pods', () => {
  let plane: Plane;
  let kv: Kv;
  const running = async () => {
    const { items } = await kv.call<{ items: unknown[] }>('k8s.list', {
      kind: 'Pod',
      fieldSelector: 'status.phase=Running',
      fields: ['metadata.name'],
      limit: 10_000,
    });
    return items.length;
  };

  beforeAll(async () => {
    plane = await startPlane({ kubelet: false, progress: progressTo(line => process.stderr.write(line)) });
    await succeed(plane.kubectl, ['create', 'namespace', 'fleet']);
    kv = await openKv(plane.users.admin, 'fleet');
    await waitFor(
      'the default service account',
      async () =>
        (await plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'fleet'])).code === 0 || undefined,
      { timeoutMs: 30_000 },
    );
    await createMany(plane.users.admin, '/api/v1/namespaces/fleet/pods', simulatedPods(PODS));
    await waitFor('all pods to run', async () => (await running()) === PODS || undefined, {
      timeoutMs: 240_000,
      everyMs: 2_000,
    });
  }, 400_000);
  afterAll(async () => {
    await kv?.close();
    await plane?.stop();
  });

  it.each([500, 333, 5_000])('come once each in pages of %i', async pageSize => {
    const names = new Set<string>();
    let count = 0;
    for await (const pod of kv.client.list({ kind: 'Pod', pageSize, fields: ['metadata.name'] }, signal)) {
      names.add(pod.metadata.name);
      count += 1;
    }
    expect(count).toBe(PODS);
    expect(names.size).toBe(PODS);
  });

  it('come as the fields that were asked for', async () => {
    const { items, count } = await kv.call<{ items: unknown[]; count: number }>('k8s.list', {
      kind: 'Pod',
      labelSelector: 'index=4321',
      fields: ['metadata.name', 'status.phase'],
    });
    expect(count).toBe(1);
    expect(items).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'app-1-04321', namespace: 'fleet' },
        status: { phase: 'Running' },
      },
    ]);
  });

  it('are counted as kubectl counts them', async () => {
    const names = await succeed(plane.kubectl, [
      'get',
      'pods',
      '-n',
      'fleet',
      '-l',
      'app=app-7',
      '-o',
      'name',
    ]);
    const { items } = await kv.call<{ items: unknown[] }>('k8s.list', {
      kind: 'Pod',
      labelSelector: 'app=app-7',
    });
    expect(items.length).toBe(names.trim().split('\n').length);
  });

  it('stop at a limit and say so', async () => {
    const list = await kv.call<{ items: unknown[]; truncated: boolean }>('k8s.list', {
      kind: 'Pod',
      limit: 1_234,
    });
    expect(list.items.length).toBe(1_234);
    expect(list.truncated).toBe(true);
  });

  it('are not read to the end by a reader who stops', async () => {
    let seen = 0;
    for await (const _pod of kv.client.list({ kind: 'Pod', pageSize: 100 }, signal)) {
      seen += 1;
      if (seen === 150) break;
    }
    expect(seen).toBe(150);
    expect(await kv.client.version(signal)).toMatchObject({ gitVersion: plane.version });
  });

  it('are grepped many at a time', async () => {
    const result = await kv.call<{ total: number; podsSearched: number }>('k8s.grepLogs', {
      labelSelector: 'app=app-3',
      pattern: 'upstream timed out',
      tailLines: 100,
      maxMatches: 10,
    });
    expect(result).toMatchObject({ podsSearched: 500, total: 500 });
  });

  it('come without managed fields', async () => {
    const pod = await kv.client.get({ kind: 'Pod', name: 'app-0-00000' }, signal);
    expect(pod.metadata).not.toHaveProperty('managedFields');
    expect(pod.metadata.labels).toMatchObject({ app: 'app-0' });
  });
});
