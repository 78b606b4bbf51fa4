import type { ClusterClient } from '../cluster/port.ts';
import type { KubeObject } from '../cluster/types.ts';
import { KvError } from '../shared/errors.ts';
import { type PodFacts, podsOfNode } from '../trace/places/index.ts';

export interface PodSource {
  kubeconfig?: string;
  context?: string;
}

/** Names come when they come: a recording does not wait for a cluster. */
const LIST_TIMEOUT_MS = 15_000;

/** Asks the cluster for the pods of this node; undefined where no cluster is configured. */
export async function podLister(
  source: PodSource,
  node: string,
): Promise<(() => Promise<PodFacts[]>) | undefined> {
  if (!(await isConfigured(source))) return undefined;
  return () =>
    withCluster(source, async (client, signal) => {
      const query = { kind: 'Pod', namespace: '*', fieldSelector: `spec.nodeName=${node}` };
      const { items } = await client.listAll(query, signal);
      return items.map(podFacts);
    });
}

/** The pod `NAMESPACE/NAME`, from the cluster, or from what the kubelet of this machine has on its disk. */
export async function podNamed(text: string, source: PodSource): Promise<PodFacts> {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0) {
    throw new KvError('usage', `${text} is no pod.`, { hint: 'Write it as NAMESPACE/NAME.' });
  }
  const local = (await podsOfNode()).find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  if (local) return local;
  if (!(await isConfigured(source))) {
    throw new KvError('usage', `There is no pod ${text} on this machine, and no cluster is configured.`, {
      hint: 'Record on the node that it runs on, or name its container with --container.',
    });
  }
  return withCluster(source, async (client, signal) =>
    podFacts(await client.get({ kind: 'Pod', namespace, name }, signal)),
  );
}

async function isConfigured({ kubeconfig }: PodSource): Promise<boolean> {
  if (kubeconfig !== undefined || process.env.KUBERNETES_SERVICE_HOST) return true;
  const { listContexts } = await import('../cluster/index.ts');
  return listContexts().then(
    contexts => contexts.length > 0,
    () => false,
  );
}

async function withCluster<T>(
  source: PodSource,
  ask: (client: ClusterClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { createClusterClient, createLiveTransport } = await import('../cluster/index.ts');
  const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
  const client = createClusterClient(await createLiveTransport({ ...source, signal }));
  try {
    return await ask(client, signal);
  } finally {
    await client.close();
  }
}

function podFacts({ metadata, status }: KubeObject): PodFacts {
  const { name, namespace = '', uid = '', annotations } = metadata;
  return { metadata: { name, namespace, uid, annotations }, status };
}
