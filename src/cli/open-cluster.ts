import type { Transport } from '../cluster/transport.ts';
import type { SessionOptions } from './options.ts';

/** Opens the snapshot or the live cluster that the options name, and makes sure that it answers. */
export async function openCluster(options: SessionOptions, check: { reach: boolean }): Promise<Transport> {
  const signal = AbortSignal.timeout(60_000);
  const cluster = await import('../cluster/index.ts');
  if (options.snapshot !== undefined)
    return cluster.openSnapshot(options.snapshot, { signal, namespace: options.namespace });
  const transport = await cluster.createLiveTransport({
    kubeconfig: options.kubeconfig,
    context: options.context,
    namespace: options.namespace,
    as: options.as,
    signal,
  });
  if (check.reach) await reach(transport);
  return transport;
}

/** One cheap request, so that an unreachable cluster or a bad login is said before a model is asked anything. */
async function reach(transport: Transport): Promise<void> {
  try {
    const response = await transport.request({
      method: 'GET',
      path: '/version',
      signal: AbortSignal.timeout(20_000),
      timeoutMs: 10_000,
    });
    for await (const _ of response.body);
  } catch (error) {
    await transport.close();
    throw error;
  }
}
