import type { ClusterBuilder } from './builder.ts';

const DAY = 86_400;

/** Twelve nodes in three zones, two of them with one GPU each, and their metrics. */
export function addNodes(cluster: ClusterBuilder): void {
  for (let i = 1; i <= 12; i++) {
    const name = `node-${i}`;
    const gpu = i > 10 ? { 'nvidia.com/gpu': '1' } : {};
    const labels = {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'topology.kubernetes.io/zone': `zone-${'abc'[i % 3]}`,
      'node.kubernetes.io/instance-type': i > 10 ? 'g6.2xlarge' : 'm7i.2xlarge',
    };
    const capacity = {
      cpu: '8',
      memory: '32620716Ki',
      pods: '110',
      'ephemeral-storage': '83873772Ki',
      ...gpu,
    };
    const condition = (type: string, status: string, reason: string, message: string) => ({
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: cluster.ago(40),
      lastTransitionTime: cluster.ago(30 * DAY),
    });
    cluster.add({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: {
        podCIDR: `10.244.${i}.0/24`,
        ...(i > 10 ? { taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }] } : {}),
      },
      status: {
        capacity,
        allocatable: { ...capacity, cpu: '7910m', memory: '31473836Ki' },
        conditions: [
          condition(
            'MemoryPressure',
            'False',
            'KubeletHasSufficientMemory',
            'kubelet has sufficient memory available',
          ),
          condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
          condition(
            'PIDPressure',
            'False',
            'KubeletHasSufficientPID',
            'kubelet has sufficient PID available',
          ),
          condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
        ],
        addresses: [
          { type: 'InternalIP', address: `192.0.2.${10 + i}` },
          { type: 'Hostname', address: name },
        ],
        nodeInfo: {
          kubeletVersion: 'v1.36.2',
          osImage: 'Debian GNU/Linux 13 (trixie)',
          containerRuntimeVersion: 'containerd://2.1.4',
          architecture: 'amd64',
          operatingSystem: 'linux',
          kernelVersion: '6.12.48',
        },
      },
    });
    cluster.add({
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'NodeMetrics',
      metadata: { name },
      timestamp: cluster.ago(11),
      window: '20s',
      usage: {
        cpu: `${cluster.random.int(900, 5200)}m`,
        memory: `${cluster.random.int(9_000_000, 24_000_000)}Ki`,
      },
    });
  }
}
