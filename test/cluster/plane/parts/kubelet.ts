import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoPrograms } from '../cache/go-programs.ts';
import { type Cell, NODE_ADDRESS } from '../cell/cell.ts';
import { CONTAINERD_SOCKET } from './containerd.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Kubectl } from './kubectl.ts';
import { waitNodesReady } from './kwok.ts';
import type { Pki } from './pki.ts';

/** Starts a kubelet in the cell as node-1, and waits until the node is ready. */
export async function startKubelet(
  cell: Cell,
  go: GoPrograms,
  pki: Pki,
  url: string,
  kubectl: Kubectl,
): Promise<void> {
  const kubeconfig = await writeKubeconfig(join(cell.directory, 'kubelet.kubeconfig'), {
    url,
    authority: pki.authority,
    user: 'system:node:node-1',
    credentials: { keyPair: pki.node },
  });
  const config = join(cell.directory, 'kubelet.json');
  await writeFile(config, JSON.stringify(kubeletConfig(cell, pki)));
  cell.start('kubelet', join(go.directory, 'kubelet'), [
    `--config=${config}`,
    `--kubeconfig=${kubeconfig}`,
    '--hostname-override=node-1',
    `--node-ip=${NODE_ADDRESS}`,
    '--root-dir=/var/lib/kubelet',
  ]);
  await waitNodesReady(kubectl, cell, 'kubernetes.io/hostname=node-1', 1);
}

function kubeletConfig(cell: Cell, pki: Pki): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NODE_ADDRESS,
    healthzBindAddress: '127.0.0.1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki.authority },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki.server.certificate,
    tlsPrivateKeyFile: pki.server.key,
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    // What a virtual machine without CAP_SYS_RESOURCE and with cgroups v1 needs.
    failCgroupV1: false,
    oomScoreAdj: 0,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cell.cgroup}`,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    localStorageCapacityIsolation: false,
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    imageMinimumGCAge: '24h',
    resolvConf: '',
    // No DNS server listens there; without an address the kubelet complains in every pod's events.
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    // Tests wait for restarts; five minutes between them, the default ceiling, is too long.
    crashLoopBackOff: { maxContainerRestartPeriod: '20s' },
  };
}
