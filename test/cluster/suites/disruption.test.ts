import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, succeed } from '../plane/parts/kubectl.ts';
import { KWOK_NODE_SELECTOR, KWOK_TOLERATION } from '../plane/parts/kwok.ts';
import { waitFor } from '../plane/wait.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { deployment } from '../workloads/manifests.ts';
import { podsOf } from '../workloads/state.ts';

/** A node that no other suite uses. */
const NODE = 'kwok-2';

interface Drained {
  evicted: string[];
  blocked: Array<{ pod: string; why: string }>;
  remaining: string[];
}

describe('evictions, cordon and drain', () => {
  let kv: Kv;
  let namespace: string;
  const pods = (app: string) => podsOf(kubectl(), namespace, app);
  const unschedulable = () =>
    succeed(kubectl(), ['get', 'node', NODE, '-o', 'jsonpath={.spec.unschedulable}']);
  const budget = async (app: string, minAvailable: number) => {
    const selector = { matchLabels: { app } };
    const object = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: app },
      spec: { minAvailable, selector },
    };
    await apply(kubectl(), [object], '-n', namespace);
    await waitFor(
      'the disruption controller to count',
      async () =>
        (await succeed(kubectl(), [
          'get',
          'pdb',
          app,
          '-n',
          namespace,
          '-o',
          'jsonpath={.status.currentHealthy}',
        ])) === '2' || undefined,
      { timeoutMs: 30_000 },
    );
  };
  const deploy = async (app: string, nodeSelector: Record<string, string>) => {
    const pod = { nodeSelector, tolerations: [KWOK_TOLERATION] };
    await apply(
      kubectl(),
      [deployment(app, { name: app, image: `${app}:1` }, { replicas: 2, pod })],
      '-n',
      namespace,
    );
    await succeed(kubectl(), ['rollout', 'status', `deploy/${app}`, '-n', namespace, '--timeout=60s']);
  };

  beforeAll(async () => {
    namespace = await newNamespace('disruption');
    kv = await openKv(plane().users.admin, namespace);
  });
  afterAll(async () => {
    await succeed(kubectl(), ['uncordon', NODE]);
    await kv.close();
  });

  it('evict a pod that nothing protects', async () => {
    await deploy('free', KWOK_NODE_SELECTOR);
    const name = (await pods('free'))[0]!.metadata.name;
    await kv.call('k8s.evict', { name });
    expect(await kv.call('k8s.wait', { kind: 'Pod', name, for: 'deleted' })).toMatchObject({ met: true });
  });

  it('do not evict a pod that a disruption budget protects, and say why', async () => {
    await deploy('guarded', KWOK_NODE_SELECTOR);
    await budget('guarded', 2);
    const name = (await pods('guarded'))[0]!.metadata.name;
    await expect(kv.call('k8s.evict', { name })).rejects.toThrow(
      /PodDisruptionBudget forbids this eviction.*guarded/,
    );
    expect((await pods('guarded')).map(pod => pod.metadata.name)).toContain(name);
  });

  it('cordon and uncordon', async () => {
    await kv.call('k8s.cordon', { name: NODE });
    expect(await unschedulable()).toBe('true');
    await kv.call('k8s.uncordon', { name: NODE });
    expect(await unschedulable()).toBe('');
  });

  it('drain moves what may move, keeps what a budget protects, and asks once', async () => {
    await deploy('moving', { 'kubernetes.io/hostname': NODE });
    await deploy('staying', { 'kubernetes.io/hostname': NODE });
    await budget('staying', 2);
    const before = (await pods('moving')).map(pod => `${namespace}/${pod.metadata.name}`);
    const staying = (await pods('staying')).map(pod => `${namespace}/${pod.metadata.name}`);

    const drained = await kv.call<Drained>('k8s.drain', { name: NODE, timeoutSeconds: 8 });

    expect(drained.evicted.filter(pod => pod.includes('/moving-')).sort()).toEqual(before.sort());
    // A pod of the test before, which its own budget protects, may stand on this node too.
    const blocked = drained.blocked.filter(({ pod }) => pod.includes('/staying-'));
    expect(blocked.map(({ pod }) => pod).sort()).toEqual(staying.sort());
    expect(blocked[0]?.why).toContain('staying');
    expect(await unschedulable()).toBe('true');
    // The deployment wants its pods back, and nothing schedules them on a cordoned node.
    expect((await pods('moving')).every(pod => pod.spec.nodeName === undefined)).toBe(true);
    expect(kv.approvals.length).toBe(1);
    expect(kv.approvals[0]?.map(({ path }) => path)).toContain(`/api/v1/nodes/${NODE}`);
  });
});
