import type { ClusterBuilder } from './builder.ts';
import { LOOSE_ENDS } from './demo-loose-ends.ts';
import { SICK } from './demo-sick.ts';
import { accessLog, paymentsTimeouts, seedOf } from './logs.ts';
import { Random } from './random.ts';
import { addWorkload, LAST_APPLIED } from './workload.ts';
import type { WorkloadSpec } from './workload-spec.ts';

const DAY = 86_400;

const TEAMS: Record<string, string[]> = {
  accounts: ['login', 'profile', 'session-api', 'password-reset'],
  billing: ['invoices', 'ledger', 'tax', 'dunning'],
  catalog: ['search', 'suggest', 'indexer', 'images'],
  fulfilment: ['picker', 'packer', 'carrier-gateway', 'returns'],
  inventory: ['stock', 'reservations', 'sync'],
  notifications: ['email', 'sms', 'push', 'templates'],
  observability: ['prometheus', 'grafana', 'otel-collector'],
  platform: ['gateway', 'feature-flags', 'config-api', 'audit'],
  pricing: ['rules', 'promotions', 'currency'],
  recommendations: ['ranker', 'features', 'events'],
  risk: ['scoring', 'rules', 'device-id'],
  support: ['tickets', 'chat', 'kb'],
};

export const TEAM_NAMESPACES = Object.keys(TEAMS);

/** What one workload of the fleet has that others do not. */
export type Special = (spec: WorkloadSpec, now: number) => Partial<WorkloadSpec>;

/** Share of requests that fail, and pace of timeouts to payments, of the services that have any. */
const UNAVAILABLE: Record<string, number> = { 'catalog/suggest': 0.043, 'recommendations/ranker': 0.081 };
/** How many times longer than usual the requests of some services take. */
const SLOWNESS: Record<string, number> = {
  'catalog/images': 3.4,
  'pricing/currency': 5.2,
  'support/chat': 1.6,
};
/** Pods (workload and index) that run and have written nothing for so long. */
const SILENT_MINUTES: Record<string, number> = { 'notifications/sms 2': 38, 'risk/rules 0': 17 };
const TIMEOUTS: Record<string, { minutes: number; everyMs: number }> = {
  'billing/invoices': { minutes: 24.2, everyMs: 41_000 },
  'billing/dunning': { minutes: 23, everyMs: 67_000 },
  'fulfilment/returns': { minutes: 21.5, everyMs: 97_000 },
};

/** Some 280 pods of twelve teams, in the shape that clusters have: mostly well, with loose ends here and there. */
export function addFleet(cluster: ClusterBuilder): void {
  const random = new Random(FLEET_SEED);
  for (const [namespace, names] of Object.entries(TEAMS)) {
    for (const name of names) {
      const base = ordinary(random, namespace, name, cluster.now);
      const key = `${namespace}/${name}`;
      const special = LOOSE_ENDS[key] ?? SICK[key];
      const spec = { ...base, ...special?.(base, cluster.now) };
      addWorkload(cluster, spec);
      if (key !== 'billing/dunning') addConfig(cluster, namespace, name);
    }
  }
}

/** Chosen so that the whole cluster has 311 pods. */
const FLEET_SEED = 16;

function ordinary(random: Random, namespace: string, name: string, now: number): WorkloadSpec {
  const key = `${namespace}/${name}`;
  const version = `${random.int(1, 9)}.${random.int(0, 30)}.${random.int(0, 9)}`;
  const cpu = random.pick(['50m', '100m', '150m', '200m', '250m', '400m']);
  const memory = random.pick([64, 128, 256, 384, 512]);
  const restarted = random.next() < 0.15;
  return {
    namespace,
    name,
    replicas: random.int(4, 9),
    image: `registry.example.com/${namespace}/${name}:${version}`,
    ageSeconds: random.int(1, 60) * DAY,
    port: 8080,
    env: [{ name: 'LOG_LEVEL', value: 'info' }],
    envFrom: [{ configMapRef: { name: `${name}-config` } }],
    resources: {
      requests: { cpu, memory: `${memory}Mi` },
      limits: { memory: `${Math.max(256, memory * 2)}Mi` },
    },
    state: { kind: 'running', restarts: restarted ? 1 : 0 },
    log: (pod, index) => {
      const end = now - (SILENT_MINUTES[`${key} ${index}`] ?? 0) * 60_000;
      const lines = accessLog(seedOf(pod), 1_750, end, {
        unavailable: UNAVAILABLE[key],
        slowness: SLOWNESS[key],
      });
      const timeouts = TIMEOUTS[key];
      return timeouts ? paymentsTimeouts(lines, now - timeouts.minutes * 60_000, timeouts.everyMs) : lines;
    },
  };
}

function addConfig(cluster: ClusterBuilder, namespace: string, name: string): void {
  const applied = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { annotations: {}, name: `${name}-config`, namespace },
    data: {
      CACHE_TTL_SECONDS: '60',
      FEATURES_URL: 'http://feature-flags.platform.svc',
      HTTP_TIMEOUT_MS: '2000',
      POOL_SIZE: '16',
      RATE_LIMIT_PER_SECOND: '200',
      TRACING_ENDPOINT: 'otel-collector.observability.svc:4317',
    },
  };
  const edits = namespace === 'platform' && name === 'gateway' ? { RATE_LIMIT_PER_SECOND: '2000' } : {};
  cluster.add({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `${name}-config`,
      namespace,
      annotations: { [LAST_APPLIED]: `${JSON.stringify(applied)}\n` },
    },
    data: { ...applied.data, ...edits },
  });
}
