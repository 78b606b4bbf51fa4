import { ClusterBuilder } from './builder.ts';
import { addLastHour } from './demo-events.ts';
import { addFleet, TEAM_NAMESPACES } from './demo-fleet.ts';
import { addNodes } from './demo-nodes.ts';
import { addRollingStatefulSet } from './demo-stateful.ts';
import { addCheckout, addOtherTroubles } from './demo-troubles.ts';

/** The moment at which the demo cluster was "captured". */
export const DEMO_CAPTURED_AT = Date.parse('2026-11-20T02:57:00Z');

/**
 * The cluster of `kv demo`: 311 pods on 12 nodes with 60 MB of logs, made up from one seed. Most of it is healthy;
 * a dozen workloads are in trouble, each for a reason of its own, and others have what an audit would find.
 */
export function demoCluster(): ClusterBuilder {
  const cluster = new ClusterBuilder(7, DEMO_CAPTURED_AT);
  addNodes(cluster);
  const troubled = ['shop', 'media', 'ml', 'analytics', 'storefront', 'data'];
  for (const name of ['default', 'kube-system', ...troubled, ...TEAM_NAMESPACES]) addNamespace(cluster, name);
  cluster.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'ebs.csi.aws.com',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  addCheckout(cluster);
  addOtherTroubles(cluster);
  addFleet(cluster);
  addRollingStatefulSet(cluster);
  addOrphanService(cluster);
  addLastHour(cluster);
  return cluster;
}

function addNamespace(cluster: ClusterBuilder, name: string): void {
  cluster.add({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  cluster.add({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
}

/** A Service that outlived what it pointed at. */
function addOrphanService(cluster: ClusterBuilder): void {
  const metadata = { name: 'invoices-v1', namespace: 'billing' };
  cluster.add({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.14.77',
      selector: { app: 'invoices', generation: 'v1' },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
    },
    status: { loadBalancer: {} },
  });
  cluster.add({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'invoices-v1-x4m2q',
      namespace: 'billing',
      labels: { 'kubernetes.io/service-name': 'invoices-v1' },
    },
    addressType: 'IPv4',
    ports: null,
    endpoints: null,
  });
}
