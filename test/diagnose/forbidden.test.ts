import { describe, expect, it } from 'vitest';
import type { CapabilityContext } from '../../src/capabilities/define.ts';
import { diagnoseCapabilities } from '../../src/capabilities/diagnose/index.ts';
import { ApiError } from '../../src/cluster/errors.ts';
import { createClusterClient, openSnapshot } from '../../src/cluster/index.ts';
import type { ClusterClient, ListQuery } from '../../src/cluster/port.ts';
import { writeBundle } from '../helpers/bundle.ts';

const BUNDLE = writeBundle([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
const MESSAGE = 'pods is forbidden: User "reader" cannot list resource "pods" in the namespace "shop"';

/** A client of a user who may list cluster-wide kinds and nothing in a namespace. */
async function refusedClient(): Promise<ClusterClient> {
  const client = createClusterClient(await openSnapshot(BUNDLE, { signal: AbortSignal.timeout(5_000) }));
  const refuse = (query: ListQuery): void => {
    if (query.kind === 'Namespace' || query.kind === 'Node') return;
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Forbidden',
      message: MESSAGE,
    } as const;
    throw new ApiError(403, status);
  };
  const listAll: ClusterClient['listAll'] = async (query, signal) => {
    refuse(query);
    return client.listAll(query, signal);
  };
  const list: ClusterClient['list'] = async function* (query, signal) {
    refuse(query);
    yield* client.list(query, signal);
  };
  return Object.assign(Object.create(client), { list, listAll }) as ClusterClient;
}

describe('a user who may see nothing in the namespace', () => {
  it.each([
    ['diagnose.find', { text: 'checkout', namespace: 'shop' }],
    ['diagnose.object', { name: 'checkout', namespace: 'shop' }],
    ['diagnose.namespace', { namespace: 'shop' }],
  ])('is told so by %s, and neither "healthy" nor "does not exist"', async (name, params) => {
    const capability = diagnoseCapabilities.find(item => item.name === name)!;
    const cluster = await refusedClient();
    const context = {
      cluster,
      namespace: 'shop',
      signal: AbortSignal.timeout(5_000),
      now: Date.now,
      progress: () => {},
      redact: <T>(value: T) => value,
    } satisfies Partial<CapabilityContext> as unknown as CapabilityContext;
    await expect(capability.run(context, capability.params.parse(params))).rejects.toThrow(
      /cannot list resource "pods"/,
    );
  });
});
