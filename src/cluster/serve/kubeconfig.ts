import { stringify } from 'yaml';
import type { ServedCluster } from './server.ts';

/** A kubeconfig (YAML) for a served cluster. Its address holds the token: write it with mode 0600. */
export function kubeconfigOf(
  served: Pick<ServedCluster, 'url'>,
  names: { context: string; namespace: string },
): string {
  const { context, namespace } = names;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { server: served.url } }],
    contexts: [{ name: context, context: { cluster: context, namespace } }],
  });
}
