import { afterEach, describe, expect, it } from 'vitest';
import { KvError } from '../../../src/shared/errors.ts';
import type { Users } from '../plane/parts/users.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { plane } from '../support/plane.ts';

describe('access to a real API server', () => {
  let kv: Kv | undefined;
  const as = async (user: keyof Users) => {
    kv = await openKv(plane().users[user]);
    return kv;
  };
  const failureOf = async (
    user: keyof Users,
    params: Record<string, unknown> = { kind: 'Pod' },
  ): Promise<KvError> => {
    const error = await (await as(user)).call('k8s.list', params).then(
      () => undefined,
      reason => reason,
    );
    expect(error).toBeInstanceOf(KvError);
    return error as KvError;
  };
  afterEach(() => kv?.close());

  it.each(['reader', 'readerByPlugin'] as const)('lets %s read where it may', async user => {
    const { items } = await (await as(user)).call<{ items: unknown[] }>('k8s.list', { kind: 'ConfigMap' });
    expect(items.length).toBeGreaterThan(0);
  });

  it('says who may not do what where', async () => {
    const error = await failureOf('reader', { kind: 'Pod', namespace: 'kube-system' });
    expect(error.kind).toBe('failed');
    expect(error.sentence).toContain('The user reader may not list pods in the namespace kube-system');
    expect(error.sentence).toContain(plane().url);
    expect(error.hint).toMatch(/role with the verb list on pods/);
  });

  it('says it of the whole cluster too', async () => {
    const error = await failureOf('reader', { kind: 'Node' });
    expect(error.message).toContain('The user reader may not list nodes in the whole cluster');
  });

  it('asks the server what a user may do', async () => {
    const reader = await as('reader');
    expect(await reader.call('k8s.can', { verb: 'list', kind: 'Pod' })).toMatchObject({ allowed: true });
    expect(await reader.call('k8s.can', { verb: 'delete', kind: 'Pod' })).toMatchObject({ allowed: false });
  });

  it('refuses writes of a user who may only read', async () => {
    const reader = await as('reader');
    const target = { kind: 'ConfigMap', name: 'kube-root-ca.crt' };
    const label = reader.call('k8s.label', { ...target, labels: { reviewed: 'yes' } });
    await expect(label).rejects.toThrow('The user reader may not patch configmaps in the namespace shop');
  });

  it.each(['expiredToken', 'expiredCertificate'] as const)('explains %s', async user => {
    const error = await failureOf(user);
    expect(error.kind).toBe('cluster-unreachable');
    expect(error.message).toMatch(/expired/);
    expect(error.message).toContain('context plane');
    expect(error.hint).toBeTruthy();
  });

  it('explains a certificate authority that the kubeconfig does not know', async () => {
    const error = await failureOf('strangeAuthority');
    expect(error.kind).toBe('cluster-unreachable');
    expect(error.message).toMatch(/certificate/);
    expect(error.message).toContain(plane().url);
  });
});
