import type { ClusterBuilder } from './builder.ts';
import type { WorkloadSpec } from './workload-spec.ts';

/** Adds a workload's Service, and the EndpointSlice that its selector gives. */
export function addService(
  cluster: ClusterBuilder,
  spec: WorkloadSpec,
  pods: Array<{ name: string; ready: boolean }>,
): void {
  const { namespace, name, port } = spec;
  const selector = spec.serviceSelector ?? { app: name };
  cluster.add({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      type: 'ClusterIP',
      clusterIP: `10.96.${cluster.random.int(0, 255)}.${cluster.random.int(2, 250)}`,
      selector,
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: port }],
    },
    status: { loadBalancer: {} },
  });
  const matches = Object.entries(selector).every(
    ([key, value]) => ({ app: name, ...spec.extraLabels })[key] === value,
  );
  cluster.add({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: spec.endpointSlice ?? `${name}-${cluster.random.suffix(5)}`,
      namespace,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    ports: matches ? [{ name: 'http', port, protocol: 'TCP' }] : null,
    endpoints: matches
      ? pods.map(pod => ({
          addresses: [`10.244.1.${cluster.random.int(2, 250)}`],
          conditions: { ready: pod.ready, serving: pod.ready, terminating: false },
          targetRef: { kind: 'Pod', namespace, name: pod.name },
        }))
      : null,
  });
}
