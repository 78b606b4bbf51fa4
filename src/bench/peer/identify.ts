import type { PlannedScenario } from '../plan.ts';
import { openRunCluster } from '../run/cluster.ts';
import { peerEnvironment, reachable } from './reach.ts';
import { startPeer } from './server.ts';

/**
 * What an MCP server calls itself. It is started once for this, beside the cluster of `scenario`: many servers do
 * not start without one.
 */
export async function identifyPeer(
  command: string,
  scenario: PlannedScenario,
  options: { env: NodeJS.ProcessEnv; version: string; signal: AbortSignal },
): Promise<string> {
  const { env, version, signal } = options;
  const cluster = await openRunCluster(scenario, { directory: scenario.directory, env, signal });
  try {
    const reach = await reachable(cluster.transport, scenario.cluster, env);
    try {
      const peer = await startPeer(command, { env: peerEnvironment(env, reach.kubeconfig), version, signal });
      await peer.close();
      return peer.name;
    } finally {
      await reach.close();
    }
  } finally {
    await cluster.transport.close();
    await cluster.end();
  }
}
