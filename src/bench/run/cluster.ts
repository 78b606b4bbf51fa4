import { createLiveTransport, openSnapshot } from '../../cluster/index.ts';
import type { Transport } from '../../cluster/transport.ts';
import { messageOf } from '../../shared/errors.ts';
import { liveReach } from '../peer/reach.ts';
import type { BenchScenario, ScenarioCluster } from '../scenario.ts';
import { Random } from '../scenarios/generated/random.ts';
import { runCommand } from './command.ts';

/** The cluster of one run. */
export interface RunCluster {
  transport: Transport;
  /** Undoes what the run needed; resolves to what went wrong with it. The transport is closed by its session. */
  end(): Promise<string[]>;
}

interface RunPlace {
  /** Where the commands of live clusters run. */
  directory: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/**
 * Opens a scenario's cluster afresh: a snapshot without the writes of earlier runs, whose clock stands at its
 * capture so that a replay sends the same requests; or a live cluster after its setup. Paths of snapshots are
 * absolute by now. What a setup began is undone by the teardown also when this rejects.
 */
export function openRunCluster(
  { cluster, namespace }: Pick<BenchScenario, 'cluster' | 'namespace'>,
  place: RunPlace,
): Promise<RunCluster> {
  return 'snapshot' in cluster
    ? openSaved(cluster.snapshot, namespace, place)
    : openLive(cluster, namespace, place);
}

async function openSaved(
  path: string,
  namespace: string | undefined,
  { signal }: RunPlace,
): Promise<RunCluster> {
  let capturedAt = 0;
  const random = new Random(1);
  const transport = await openSnapshot(path, {
    signal,
    namespace,
    now: () => capturedAt,
    random: () => random.next(),
  });
  capturedAt = transport.capturedAt;
  return { transport, end: async () => [] };
}

async function openLive(
  cluster: Exclude<ScenarioCluster, { snapshot: string }>,
  namespace: string | undefined,
  { directory, env, signal }: RunPlace,
): Promise<RunCluster> {
  const { kubeconfig, context, setup, teardown } = cluster;
  signal.throwIfAborted();
  // The commands work on the cluster that is asked about, whatever the kubeconfig's current context is.
  const reach = await liveReach(cluster, env);
  const place = { directory, env: { ...env, KUBECONFIG: reach.kubeconfig } };
  const end = async () => {
    try {
      if (teardown !== undefined) await runCommand(teardown, 'teardown', place);
      return [];
    } catch (error) {
      return [messageOf(error)];
    } finally {
      await reach.close();
    }
  };
  try {
    if (setup !== undefined) await runCommand(setup, 'setup', { ...place, signal });
    const transport = await createLiveTransport({ kubeconfig, context, namespace, signal });
    return { transport, end };
  } catch (error) {
    await end();
    throw error;
  }
}
