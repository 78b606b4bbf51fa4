import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { WatchEvent, WatchQuery } from '../../src/cluster/port.ts';
import { FakeApi } from './helpers/fake-api.ts';
import { failure, startServer } from './helpers/server.ts';
import { connect, errorOf, never } from './helpers/transport.ts';

type Connection = (response: ServerResponse, resourceVersion: string | null) => void;

const event = (type: string, name: string, resourceVersion: string) =>
  `${JSON.stringify({ type, object: { kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'shop', resourceVersion } } })}\n`;

/** Watches through these connections, one after another, and collects until `until` events have come. */
async function watched(
  connections: Connection[],
  until: number,
  query: Partial<WatchQuery> = {},
  listed: string[] = [],
) {
  const api = new FakeApi();
  for (const name of listed)
    api.add('pods.', { metadata: { name, namespace: 'shop', resourceVersion: '50' } });
  const positions: Array<string | null> = [];
  api.intercept = (request, response) => {
    if (!request.url.searchParams.get('watch')) return false;
    const position = request.url.searchParams.get('resourceVersion');
    positions.push(position);
    const connection = connections.shift();
    if (connection) connection(response, position);
    else response.writeHead(200).flushHeaders();
    return true;
  };
  await using server = await startServer(api.handler);
  await using live = await connect(server);
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  for await (const one of live.client.watch({ kind: 'Pod', ...query }, controller.signal)) {
    events.push(one);
    if (events.length === until) controller.abort();
  }
  const text = events.map(({ type, object }) => `${type} ${object.metadata.name}`);
  return { events, text, positions, seen: server.seen, sleeps: live.clock.sleeps };
}

describe('watch', () => {
  test('events arrive as they are sent, half lines included, and selection reaches the server', async () => {
    const { text, events, seen } = await watched(
      [
        response => {
          const whole = event('ADDED', 'a', '1') + event('MODIFIED', 'a', '2') + event('DELETED', 'a', '3');
          response.write(whole.slice(0, 25));
          setImmediate(() => response.write(whole.slice(25)));
        },
      ],
      3,
      { name: 'a', labelSelector: 'app=web', fields: ['metadata.resourceVersion'] },
    );
    expect(text).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(events[1]!.object).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'shop', resourceVersion: '2' },
    });
    const { searchParams } = seen.at(-1)!.url;
    expect(searchParams.get('fieldSelector')).toBe('metadata.name=a');
    expect(searchParams.get('allowWatchBookmarks')).toBe('true');
  });

  test('a closed and a cut connection are opened again from the last position, bookmarks included', async () => {
    const { text, positions } = await watched(
      [
        response => response.end(event('ADDED', 'a', '11') + event('BOOKMARK', '', '20')),
        response => {
          response.write(event('MODIFIED', 'a', '21'));
          setImmediate(() => response.socket?.resetAndDestroy());
        },
        response => response.write(event('MODIFIED', 'a', '30')),
      ],
      3,
      { resourceVersion: '10' },
    );
    expect(text).toEqual(['ADDED a', 'MODIFIED a', 'MODIFIED a']);
    expect(positions).toEqual(['10', '20', '21']);
  });

  test.each<[string, Connection]>([
    [
      'in the stream',
      response => response.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'),
    ],
    ['as status', response => failure(response, 410, 'Expired', 'too old resource version')],
  ])(
    'a forgotten position (410 %s) is found anew by a list, differences are handed out',
    async (_name, expired) => {
      const { text, positions } = await watched(
        [
          response => response.end(event('ADDED', 'gone', '40') + event('ADDED', 'changed', '41')),
          expired,
          response => response.write(event('MODIFIED', 'fresh', '101')),
        ],
        6,
        {},
        ['changed', 'fresh'],
      );
      expect(text).toEqual([
        'ADDED gone',
        'ADDED changed',
        'MODIFIED changed',
        'ADDED fresh',
        'DELETED gone',
        'MODIFIED fresh',
      ]);
      expect(positions.at(-1)).toBe('100');
    },
  );

  test('connections that close at once are opened again ever more slowly', async () => {
    const closing: Connection = response => response.end();
    const { sleeps } = await watched(
      [closing, closing, closing, response => response.write(event('ADDED', 'a', '1'))],
      1,
    );
    expect(sleeps).toEqual([1_000, 2_000, 4_000]);
  });

  test('what is forbidden is not tried again', async () => {
    const refusal: Connection = response =>
      failure(
        response,
        403,
        'Forbidden',
        'pods is forbidden: User "jane" cannot watch resource "pods" in API group "" in the namespace "shop"',
      );
    const error = await errorOf(watched([refusal], 1));
    expect(error.sentence).toContain('The user jane may not watch pods in the namespace shop');
    expect(never.aborted).toBe(false);
  });
});
