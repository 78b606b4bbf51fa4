import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoPrograms } from '../cache/go-programs.ts';
import type { Ground } from '../cell/ground.ts';
import { waitFor } from '../wait.ts';
import { apply, getJson, type Kubectl } from './kubectl.ts';
import type { Pki } from './pki.ts';
import { freePorts } from './ports.ts';

/** Pods that carry this selector and toleration run on kwok's nodes, where nothing really runs. */
export const KWOK_NODE_SELECTOR = { type: 'kwok' };
export const KWOK_TOLERATION = { key: 'kwok.x-k8s.io/node', operator: 'Exists', effect: 'NoSchedule' };

/** Lines that every container on kwok's nodes has logged, and those of its previous run. */
export const KWOK_LOG_LINES = 2_000;

export async function startKwok(ground: Ground, go: GoPrograms, pki: Pki, admin: string): Promise<void> {
  const [port = 0] = await freePorts(1);
  const config = join(ground.directory, 'kwok.yaml');
  await writeFile(
    config,
    `${await readFile(go.kwokStages, 'utf8')}\n---\n${await logsConfig(ground.directory)}`,
  );
  ground.start('kwok', join(go.directory, 'kwok'), [
    `--kubeconfig=${admin}`,
    `--config=${config}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-label-selector=type=kwok',
    '--node-ip=127.0.0.1',
    '--node-name=localhost',
    // Without leases the nodes count as lost after a minute.
    '--node-lease-duration-seconds=40',
    `--node-port=${port}`,
    `--server-address=127.0.0.1:${port}`,
    `--tls-cert-file=${pki.server.certificate}`,
    `--tls-private-key-file=${pki.server.key}`,
  ]);
}

/** Registers `count` nodes named kwok-0, kwok-1, … and waits until kwok has made them ready. */
export async function addKwokNodes(kubectl: Kubectl, ground: Ground, count: number): Promise<void> {
  const resources = { cpu: '32', memory: '256Gi', pods: '2000' };
  const nodes = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `kwok-${index}`,
      labels: {
        ...KWOK_NODE_SELECTOR,
        'kubernetes.io/hostname': `kwok-${index}`,
        'kubernetes.io/os': 'linux',
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    spec: { taints: [{ key: KWOK_TOLERATION.key, value: 'fake', effect: KWOK_TOLERATION.effect }] },
    status: { allocatable: resources, capacity: resources },
  }));
  await apply(kubectl, nodes);
  await waitNodesReady(kubectl, ground, 'type=kwok', count);
}

interface NodeList {
  items: Array<{ status: { conditions?: Array<{ type: string; status: string }> } }>;
}

/** Waits until `count` nodes with these labels report Ready. */
export async function waitNodesReady(
  kubectl: Kubectl,
  ground: Ground,
  labels: string,
  count: number,
): Promise<void> {
  await waitFor(
    `${count} ready nodes with ${labels}`,
    async () => {
      const { items } = await getJson<NodeList>(kubectl, 'nodes', '-l', labels);
      const ready = items.filter(node =>
        node.status.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True'),
      );
      return ready.length >= count ? true : undefined;
    },
    { timeoutMs: 90_000, everyMs: 500, check: () => ground.assertRunning() },
  );
}

/** kwok serves these files as the log of every container, in the kubelet's own format (CRI: time, stream, tag). */
async function logsConfig(directory: string): Promise<string> {
  const current = join(directory, 'kwok-container.log');
  const previous = join(directory, 'kwok-container-previous.log');
  const start = Date.now() - KWOK_LOG_LINES * 1000;
  const line = (index: number, text: string) =>
    `${new Date(start + index * 1000).toISOString()} stdout F ${text}\n`;
  const lines = Array.from({ length: KWOK_LOG_LINES }, (_, index) =>
    line(
      index,
      index % 100 === 99
        ? `level=error request ${index} failed: upstream timed out`
        : `level=info request ${index} served`,
    ),
  );
  await writeFile(current, lines.join(''));
  await writeFile(
    previous,
    line(0, 'level=info starting') + line(1, 'level=fatal cannot open /etc/shop/config.yaml'),
  );
  const container = { logsFile: current, previousLogsFile: previous };
  return JSON.stringify({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: 'every-container' },
    spec: { logs: [container] },
  });
}
