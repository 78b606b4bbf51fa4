import type { ClusterBuilder } from './builder.ts';
import { accessLog, paymentsTimeouts, seedOf, stamped } from './logs.ts';
import { addWorkload } from './workload.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The question of the demo: a rollout dropped an environment variable that the service cannot do without. */
export function addCheckout(cluster: ClusterBuilder): void {
  const start = [
    'level=info msg="checkout 4.12.0 starting" commit=8f31c2e',
    'level=info msg="feature flags loaded" flags=37',
    'level=info msg="connected to orders database" host=orders-db.data.svc:5432 pool=16',
    'level=info msg="warming price cache" entries=18204',
    'level=fatal msg="required environment variable PAYMENTS_API_URL is not set" file=config/payments.go:41',
  ];
  const log = (pod: string) => [
    ...accessLog(seedOf(pod), 1_500, cluster.now - 3 * HOUR * 1000),
    ...stamped(start, cluster.now - 128_000),
  ];
  addWorkload(cluster, {
    namespace: 'shop',
    name: 'checkout',
    replicas: 3,
    image: 'registry.example.com/shop/checkout:4.12.0',
    ageSeconds: 52 * 60,
    port: 8080,
    env: [
      { name: 'ORDERS_DB_HOST', value: 'orders-db.data.svc' },
      { name: 'ORDERS_DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'orders-db', key: 'password' } } },
      { name: 'LOG_LEVEL', value: 'info' },
    ],
    state: { kind: 'crash-loop', restarts: 14, exitCode: 1, reason: 'Error' },
    log: () => stamped(start, cluster.now - 128_000),
    previousLog: log,
  });
  cluster.add({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'orders-db', namespace: 'shop' },
    type: 'Opaque',
    data: { password: '' },
  });
  addWorkload(cluster, {
    namespace: 'shop',
    name: 'cart',
    replicas: 4,
    image: 'registry.example.com/shop/cart:2.8.1',
    ageSeconds: 6 * DAY,
    port: 8080,
    log: pod =>
      paymentsTimeouts(accessLog(seedOf(pod), 1_200, cluster.now), cluster.now - 24 * 60_000, 19_000),
  });
  addWorkload(cluster, {
    namespace: 'shop',
    name: 'payments',
    replicas: 3,
    image: 'registry.example.com/shop/payments:1.31.4',
    ageSeconds: 11 * DAY,
    port: 8080,
    log: pod => accessLog(seedOf(pod), 1_200, cluster.now),
  });
}

/** Trouble elsewhere in the cluster, each of its own kind, that the demo's question is not about. */
export function addOtherTroubles(cluster: ClusterBuilder): void {
  addWorkload(cluster, {
    namespace: 'media',
    name: 'thumbnailer',
    replicas: 2,
    image: 'registry.example.com/media/thumbnailer:0.9.3',
    ageSeconds: 5 * HOUR,
    resources: { requests: { cpu: '200m', memory: '128Mi' }, limits: { memory: '128Mi' } },
    state: { kind: 'crash-loop', restarts: 31, exitCode: 137, reason: 'OOMKilled' },
    log: () =>
      stamped(
        ['INFO worker started queue=thumbnails', 'INFO decoding frame batch size=512'],
        cluster.now - 128_000,
      ),
  });
  addWorkload(cluster, {
    namespace: 'ml',
    name: 'trainer',
    replicas: 1,
    image: 'registry.example.com/ml/trainer:24.10',
    ageSeconds: 95 * 60,
    resources: {
      requests: { cpu: '6', memory: '24Gi', 'nvidia.com/gpu': '4' },
      limits: { memory: '24Gi', 'nvidia.com/gpu': '4' },
    },
    state: {
      kind: 'unscheduled',
      message:
        '0/12 nodes are available: 2 node(s) had untolerated taint(s), 10 Insufficient nvidia.com/gpu. preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling.',
    },
  });
  const image = 'registry.example.com/analytics/report-builder:7.4.O';
  const pull = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  addWorkload(cluster, {
    namespace: 'analytics',
    name: 'report-builder',
    replicas: 2,
    image,
    ageSeconds: 3 * HOUR,
    state: {
      kind: 'waiting',
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: ${pull}`,
      events: [
        { type: 'Warning', reason: 'Failed', message: `Failed to pull image "${image}": ${pull}`, count: 37 },
        { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull', count: 37 },
        { type: 'Normal', reason: 'BackOff', message: `Back-off pulling image "${image}"`, count: 160 },
      ],
    },
  });
  addWorkload(cluster, {
    namespace: 'storefront',
    name: 'web',
    replicas: 4,
    image: 'registry.example.com/storefront/web:12.2.0',
    ageSeconds: 2 * HOUR,
    port: 3000,
    extraLabels: { track: 'green' },
    serviceSelector: { app: 'web', track: 'blue' },
    endpointSlice: 'web-7k2pd',
    log: pod => accessLog(seedOf(pod), 900, cluster.now),
  });
  addClaim(cluster);
}

function addClaim(cluster: ClusterBuilder): void {
  const message = 'storageclass.storage.k8s.io "premium-rwo" not found';
  cluster.add({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'reports-data', namespace: 'data', creationTimestamp: cluster.ago(4 * HOUR) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '50Gi' } },
      storageClassName: 'premium-rwo',
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Pending' },
  });
  cluster.add({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: 'reports-data.18e9f53a05c0226f',
      namespace: 'data',
      creationTimestamp: cluster.ago(4 * HOUR),
    },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      name: 'reports-data',
      namespace: 'data',
    },
    type: 'Warning',
    reason: 'ProvisioningFailed',
    message,
    count: 960,
    firstTimestamp: cluster.ago(4 * HOUR),
    lastTimestamp: cluster.ago(9),
    reportingComponent: 'persistentvolume-controller',
    source: { component: 'persistentvolume-controller' },
  });
  addWorkload(cluster, {
    namespace: 'data',
    name: 'reports-db',
    replicas: 1,
    image: 'registry.example.com/base/postgres:17.2',
    ageSeconds: 4 * HOUR,
    volumes: [
      {
        volume: { name: 'data', persistentVolumeClaim: { claimName: 'reports-data' } },
        mountPath: '/var/lib/postgresql/data',
      },
    ],
    state: {
      kind: 'unscheduled',
      message:
        '0/12 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling.',
    },
  });
}
