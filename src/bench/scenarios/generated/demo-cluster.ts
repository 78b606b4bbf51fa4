import { ClusterBuilder } from './builder.ts';
import { addNodes } from './demo-nodes.ts';
import { addCheckout, addOtherTroubles } from './demo-troubles.ts';
import { accessLog, seedOf } from './logs.ts';
import { addWorkload } from './workload.ts';

/** The moment at which the demo cluster was "captured". */
export const DEMO_CAPTURED_AT = Date.parse('2026-11-20T02:57:00Z');

const DAY = 86_400;

const TEAMS: Record<string, string[]> = {
  accounts: ['login', 'profile', 'session-api', 'password-reset'],
  billing: ['invoices', 'ledger', 'tax', 'dunning'],
  catalog: ['search', 'suggest', 'indexer', 'images'],
  fulfilment: ['picker', 'packer', 'carrier-gateway', 'returns'],
  inventory: ['stock', 'reservations', 'sync'],
  notifications: ['email', 'sms', 'push', 'templates'],
  observability: ['prometheus', 'grafana', 'loki', 'otel-collector'],
  platform: ['gateway', 'feature-flags', 'config-api', 'audit'],
  pricing: ['rules', 'promotions', 'currency'],
  recommendations: ['ranker', 'features', 'events'],
  risk: ['scoring', 'rules', 'device-id'],
  support: ['tickets', 'chat', 'kb'],
};

/**
 * The cluster of `kv demo`: some 300 pods on 12 nodes with 60 MB of logs, made up from one seed. Most of it is
 * healthy; six workloads are in trouble, each for a reason of its own.
 */
export function demoCluster(): ClusterBuilder {
  const cluster = new ClusterBuilder(7, DEMO_CAPTURED_AT);
  addNodes(cluster);
  const troubled = ['shop', 'media', 'ml', 'analytics', 'storefront', 'data'];
  for (const name of ['default', 'kube-system', ...troubled, ...Object.keys(TEAMS)])
    addNamespace(cluster, name);
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
  addHealthy(cluster);
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

function addHealthy(cluster: ClusterBuilder): void {
  for (const [namespace, names] of Object.entries(TEAMS)) {
    for (const name of names) {
      const version = `${cluster.random.int(1, 9)}.${cluster.random.int(0, 30)}.${cluster.random.int(0, 9)}`;
      const once = cluster.random.next() < 0.15 ? 1 : 0;
      addWorkload(cluster, {
        namespace,
        name,
        replicas: cluster.random.int(4, 9),
        image: `registry.example.com/${namespace}/${name}:${version}`,
        ageSeconds: cluster.random.int(1, 60) * DAY,
        port: 8080,
        state: { kind: 'running', restarts: once },
        log: pod => accessLog(seedOf(pod), 1_600, DEMO_CAPTURED_AT),
      });
    }
  }
}
