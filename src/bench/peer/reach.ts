import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DEFAULT_INHERITED_ENV_VARS } from '@modelcontextprotocol/sdk/client/stdio.js';
import { kubeconfigOf, serveCluster } from '../../cluster/index.ts';
import type { Transport } from '../../cluster/transport.ts';
import type { ScenarioCluster } from '../scenario.ts';

/** How another program reaches a run's cluster. */
export interface Reach {
  /** Value for `KUBECONFIG`. */
  kubeconfig: string;
  close(): Promise<void>;
}

/**
 * Makes a run's cluster reachable by kubeconfig: a snapshot is served on loopback for as long as the run takes; a
 * live cluster is reached as kv reaches it.
 */
export async function reachable(
  transport: Transport,
  cluster: ScenarioCluster,
  env: NodeJS.ProcessEnv,
): Promise<Reach> {
  if ('snapshot' in cluster) {
    const served = await serveCluster(transport);
    const { context, namespace } = transport.info;
    const file = await privateFile(kubeconfigOf(served, { context, namespace }));
    return {
      kubeconfig: file.path,
      close: () => Promise.all([served.close(), file.remove()]).then(() => {}),
    };
  }
  return liveReach(cluster, env);
}

/** The same for a live cluster: a kubeconfig whose current context is the cluster's. */
export async function liveReach(
  { kubeconfig, context }: Exclude<ScenarioCluster, { snapshot: string }>,
  env: NodeJS.ProcessEnv,
): Promise<Reach> {
  const own = kubeconfig ?? env['KUBECONFIG'] ?? join(env['HOME'] ?? homedir(), '.kube', 'config');
  if (context === undefined) return { kubeconfig: own, close: async () => {} };
  // Of several files the first that names a current context decides.
  const choice = { apiVersion: 'v1', kind: 'Config', 'current-context': context };
  const file = await privateFile(JSON.stringify(choice));
  return { kubeconfig: `${file.path}${delimiter}${own}`, close: file.remove };
}

/**
 * The environment of a peer: what MCP clients hand on by default (no keys of kv's), and the kubeconfig of the run.
 * What a server needs beside that stands in its command: `env NAME=value server`.
 */
export function peerEnvironment(env: NodeJS.ProcessEnv, kubeconfig: string): Record<string, string> {
  const kept = DEFAULT_INHERITED_ENV_VARS.flatMap(name => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), KUBECONFIG: kubeconfig };
}

async function privateFile(text: string): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kv-bench-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text, { mode: 0o600 });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
