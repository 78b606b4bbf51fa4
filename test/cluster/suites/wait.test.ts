import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, succeed } from '../plane/parts/kubectl.ts';
import { KWOK_NODE_SELECTOR, KWOK_TOLERATION } from '../plane/parts/kwok.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { deployment } from '../workloads/manifests.ts';

interface Waited {
  met: boolean;
  waitedSeconds: number;
  state: string;
}

describe('waiting by watch', () => {
  let kv: Kv;
  let namespace: string;
  const simulated = { pod: { nodeSelector: KWOK_NODE_SELECTOR, tolerations: [KWOK_TOLERATION] } };

  beforeAll(async () => {
    namespace = await newNamespace('wait');
    kv = await openKv(plane().users.admin, namespace);
  });
  afterAll(() => kv.close());

  it('sees a rollout through', async () => {
    await apply(
      kubectl(),
      [deployment('web', { name: 'web', image: 'web:1' }, { replicas: 3, ...simulated })],
      '-n',
      namespace,
    );
    const waited = await kv.call<Waited>('k8s.wait', { kind: 'Deployment', name: 'web', for: 'rollout' });
    expect(waited).toMatchObject({ met: true });
    const ready = await succeed(kubectl(), [
      'get',
      'deploy',
      'web',
      '-n',
      namespace,
      '-o',
      'jsonpath={.status.readyReplicas}',
    ]);
    expect(ready).toBe('3');
  });

  it('is told of a change that comes while it waits', async () => {
    await succeed(kubectl(), ['create', 'configmap', 'flag', '-n', namespace, '--from-literal=open=no']);
    const waiting = kv.call<Waited>('k8s.wait', { kind: 'ConfigMap', name: 'flag', for: 'data.open=yes' });
    await succeed(kubectl(), [
      'patch',
      'configmap',
      'flag',
      '-n',
      namespace,
      '-p',
      '{"data":{"open":"maybe"}}',
    ]);
    await succeed(kubectl(), [
      'patch',
      'configmap',
      'flag',
      '-n',
      namespace,
      '-p',
      '{"data":{"open":"yes"}}',
    ]);
    expect(await waiting).toMatchObject({ met: true, state: 'data.open=yes' });
  });

  it('is told of a deletion', async () => {
    await succeed(kubectl(), ['create', 'configmap', 'doomed', '-n', namespace]);
    const waiting = kv.call<Waited>('k8s.wait', { kind: 'ConfigMap', name: 'doomed', for: 'deleted' });
    await succeed(kubectl(), ['delete', 'configmap', 'doomed', '-n', namespace]);
    expect(await waiting).toMatchObject({ met: true });
  });

  it('gives up at its deadline and says how things stand', async () => {
    const nowhere = { pod: { nodeSelector: { type: 'nowhere' } } };
    await apply(
      kubectl(),
      [deployment('stuck', { name: 'stuck', image: 'stuck:1' }, nowhere)],
      '-n',
      namespace,
    );
    const waited = await kv.call<Waited>('k8s.wait', {
      kind: 'Deployment',
      name: 'stuck',
      for: 'condition=Available',
      timeoutSeconds: 2,
    });
    expect(waited.met).toBe(false);
    expect(waited.state).toContain('Available=False');
    expect(waited.waitedSeconds).toBeLessThan(5);
  });
});
