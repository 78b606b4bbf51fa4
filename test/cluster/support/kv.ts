import type {
  CapabilityContext,
  PlannedRequest,
  ResultShelf,
  SecretDesk,
  StateStore,
} from '../../../src/capabilities/define.ts';
import { helmCapabilities } from '../../../src/capabilities/helm/index.ts';
import { k8sCapabilities } from '../../../src/capabilities/k8s/index.ts';
import { createClusterClient, createLiveTransport } from '../../../src/cluster/index.ts';
import type { ClusterClient } from '../../../src/cluster/port.ts';
import type { Transport } from '../../../src/cluster/transport.ts';
import { noTraces } from '../../../src/trace/index.ts';

/** kv's cluster client and capabilities as one user, without an agent around them. */
export interface Kv {
  client: ClusterClient;
  /** Runs a capability as a script would: parameters and result are checked against its schemas. */
  call<T = Record<string, unknown>>(name: string, params: Record<string, unknown>): Promise<T>;
  /** What capabilities asked approval for as one; always granted here. */
  approvals: PlannedRequest[][];
  close(): Promise<void>;
}

export async function openKv(kubeconfig: string, namespace?: string): Promise<Kv> {
  const signal = AbortSignal.timeout(300_000);
  return openKvOn(await createLiveTransport({ kubeconfig, namespace, signal }));
}

/** The same on any transport. */
export function openKvOn(transport: Transport): Kv {
  const signal = AbortSignal.timeout(300_000);
  const client = createClusterClient(transport);
  const approvals: PlannedRequest[][] = [];
  const context: CapabilityContext = {
    cluster: client,
    trace: noTraces,
    namespace: client.info.namespace,
    signal,
    state: unused<StateStore>('state'),
    results: unused<ResultShelf>('results'),
    secrets: unused<SecretDesk>('secrets'),
    redact: value => value,
    now: () => Date.now(),
    progress: () => {},
    approve: async requests => {
      approvals.push(requests);
    },
  };
  return {
    client,
    approvals,
    call: async <T>(name: string, params: Record<string, unknown>) => {
      const capability = [...k8sCapabilities, ...helmCapabilities].find(candidate => candidate.name === name);
      if (!capability) throw new Error(`There is no capability ${name}.`);
      const result = await capability.run(context, capability.params.parse(params));
      return capability.result.parse(result) as T;
    },
    close: () => client.close(),
  };
}

/** These families touch neither state nor, but for Secrets, the desk of secrets. */
function unused<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get: (_target, property) => {
      throw new Error(`${what}.${String(property)} is not there in this test.`);
    },
  });
}
