import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply } from '../plane/parts/kubectl.ts';
import { waitFor } from '../plane/wait.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { deployment, server } from '../workloads/manifests.ts';

interface Top {
  items: Array<{
    name: string;
    memory: { used: number; request?: number; limit?: number; percent?: number };
  }>;
}

describe('what containers use', () => {
  let kv: Kv;

  beforeAll(async () => {
    const namespace = await newNamespace('top');
    kv = await openKv(plane().users.admin, namespace);
    const resources = { requests: { memory: '32Mi', cpu: '10m' }, limits: { memory: '64Mi' } };
    await apply(kubectl(), [deployment('web', server('web', '', { resources }))], '-n', namespace);
  });
  afterAll(() => kv.close());

  it('is measured by the kubelet and set against request and limit', async () => {
    const pods = await waitFor(
      'the first measurement of the pod',
      async () => {
        const top = await kv.call<Top>('k8s.top', { kind: 'pods' });
        return top.items.length > 0 ? top.items : undefined;
      },
      { timeoutMs: 90_000, everyMs: 2_000 },
    );
    expect(pods[0]?.name).toMatch(/^web-/);
    expect(pods[0]?.memory.used).toBeGreaterThan(100_000);
    expect(pods[0]?.memory).toMatchObject({ request: 32 * 1024 * 1024, limit: 64 * 1024 * 1024 });
  });

  it('is known of nodes too', async () => {
    const { items } = await kv.call<Top>('k8s.top', { kind: 'nodes' });
    expect(items.map(node => node.name)).toContain('node-1');
  });
});
