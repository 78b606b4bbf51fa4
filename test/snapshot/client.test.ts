import { describe, expect, it } from 'vitest';
import { createClusterClient } from '../../src/cluster/client/client.ts';
import { openSnapshot } from '../../src/cluster/snapshot/index.ts';
import { SMALL_CLUSTER } from './helpers/client.ts';

const signal = new AbortController().signal;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function open() {
  return createClusterClient(await openSnapshot(SMALL_CLUSTER, { signal, namespace: 'checkout' }));
}

describe('the typed client above a snapshot', () => {
  it('resolves kinds as people name them, and lists and reads them', async () => {
    const client = await open();
    const names = async (kind: string, namespace?: string) =>
      (await client.listAll({ kind, namespace, pageSize: 2 }, signal)).items.map(item => item.metadata.name);
    expect(await names('po')).toEqual(['checkout-9db494857-rvbxz']);
    expect(await names('deploy', '*')).toEqual(['catalog', 'checkout', 'greeter', 'session-store']);
    expect(await names('apps/v1 StatefulSet', 'warehouse')).toEqual(['inventory-db']);
    expect(await names('pvc', 'warehouse')).toEqual(['data-inventory-db-0']);
    expect((await client.version(signal))['gitVersion']).toBe('v1.36.2');
    await expect(names('pods', 'chekout')).rejects.toThrow(/namespace chekout does not exist/);
    await expect(client.get({ kind: 'pod', name: 'checkout' }, signal)).rejects.toThrow(/checkout/);
  });

  it('reads logs line by line', async () => {
    const client = await open();
    const query = { namespace: 'checkout', pod: 'checkout-9db494857-rvbxz', tailLines: 1 };
    const lines = await collect(client.logs(query, signal));
    expect(lines).toEqual([
      {
        time: '2026-11-21T04:37:08.598399302Z',
        text: 'FATAL: required environment variable DATABASE_URL is not set',
      },
    ]);
    const pull = { namespace: 'catalog', pod: 'catalog-748d6b76cf-mn5t6' };
    await expect(collect(client.logs(pull, signal))).rejects.toThrow(/has not started/);
  });

  it('applies a fix, sees it by watch, and evicts', async () => {
    const client = await open();
    const target = { kind: 'deployment', name: 'checkout' };
    const { metadata } = await client.get(target, signal);
    const stop = new AbortController();
    const watch = client.watch({ ...target, resourceVersion: metadata.resourceVersion }, stop.signal);
    const seen = watch[Symbol.asyncIterator]().next();
    const env = [{ name: 'DATABASE_URL', value: 'postgres://db' }];
    const body = { spec: { template: { spec: { containers: [{ name: 'app', env }] } } } };
    const dry = await client.patch(target, { type: 'strategic', body }, { dryRun: true }, signal);
    expect(dry['spec'].template.spec.containers[0]).toMatchObject({ image: 'busybox:1.36', env });
    await client.patch(target, { type: 'strategic', body }, {}, signal);
    const event = (await seen).value;
    expect(event).toMatchObject({ type: 'MODIFIED', object: { metadata: { name: 'checkout' } } });
    stop.abort();
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'flags', namespace: 'checkout' },
      data: { on: 'yes' },
    };
    expect(await client.apply(object, {}, signal)).toMatchObject({ data: { on: 'yes' } });
    await client.evict({ kind: 'pod', name: 'checkout-9db494857-rvbxz' }, {}, signal);
    expect((await client.listAll({ kind: 'pod' }, signal)).items).toEqual([]);
    expect(await client.can({ verb: 'delete', kind: 'pods' }, signal)).toMatchObject({ allowed: true });
    await client.close();
  });
});
