import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/cluster/types.ts';
import { type Client, MERGE, openClient } from './helpers/client.ts';

const PODS = '/api/v1/namespaces/greeter/pods';

async function watch(client: Client, query: Record<string, string | number | boolean>, signal: AbortSignal) {
  const request = { method: 'GET' as const, path: PODS, query: { watch: true, ...query }, signal };
  const { body } = await client.transport.request(request);
  const chunks = body[Symbol.asyncIterator]();
  return async (): Promise<{ type: string; object: KubeObject } | undefined> => {
    const { value, done } = await chunks.next();
    return done ? undefined : JSON.parse(Buffer.from(value).toString());
  };
}

describe('watching a snapshot', () => {
  it('delivers later writes, and ends with the signal', async () => {
    const client = await openClient();
    const { metadata, items } = await client.list(PODS);
    const name = items[0]!.metadata.name;
    const stop = new AbortController();
    const next = await watch(client, { resourceVersion: metadata.resourceVersion }, stop.signal);
    const patched = await client.send(
      'PATCH',
      `${PODS}/${name}`,
      { metadata: { labels: { a: 'b' } } },
      MERGE,
    );
    expect(await next()).toEqual({ type: 'MODIFIED', object: patched });
    await client.send('DELETE', `${PODS}/${name}`);
    expect(await next()).toMatchObject({ type: 'DELETED', object: { metadata: { name } } });
    const reason = new Error('enough');
    const pending = next();
    stop.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  it('replays what happened since a resourceVersion', async () => {
    const client = await openClient();
    const { metadata, items } = await client.list(PODS);
    await client.send('DELETE', `${PODS}/${items[0]!.metadata.name}`);
    const next = await watch(
      client,
      { resourceVersion: metadata.resourceVersion },
      new AbortController().signal,
    );
    const event = await next();
    expect(event?.type).toBe('DELETED');
    expect(Number(event?.object.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
  });

  it('begins with what is there when no resourceVersion is named, and ends after timeoutSeconds', async () => {
    const client = await openClient();
    const query = { timeoutSeconds: 0.02, allowWatchBookmarks: true };
    const next = await watch(client, query, new AbortController().signal);
    const types = [await next(), await next(), await next()].map(event => event?.type);
    expect(types).toEqual(['ADDED', 'ADDED', 'BOOKMARK']);
    expect(await next()).toBeUndefined();
  });

  it('turns objects that enter or leave a selector into ADDED and DELETED', async () => {
    const client = await openClient();
    const { metadata, items } = await client.list(PODS);
    const path = `${PODS}/${items[0]!.metadata.name}`;
    const query = { resourceVersion: metadata.resourceVersion, labelSelector: 'a=b' };
    const next = await watch(client, query, new AbortController().signal);
    await client.send('PATCH', path, { metadata: { labels: { a: 'b' } } }, MERGE);
    expect((await next())?.type).toBe('ADDED');
    await client.send('PATCH', path, { metadata: { labels: { a: 'c' } } }, MERGE);
    expect((await next())?.type).toBe('DELETED');
  });

  it('ends when the snapshot is closed', async () => {
    const client = await openClient();
    const next = await watch(client, { resourceVersion: '1' }, new AbortController().signal);
    const pending = next();
    await client.transport.close();
    expect(await pending).toBeUndefined();
  });
});
