import type { Special } from './demo-fleet.ts';
import { stamped } from './logs.ts';
import type { LastExit, WorkloadSpec } from './workload-spec.ts';

const HOUR = 3600;

/** Workloads of the fleet that run, and have something that an audit would find; by `namespace/name`. */
export const LOOSE_ENDS: Record<string, Special> = {
  'accounts/login': () => ({ node: () => 'node-3' }),
  'accounts/session-api': (spec, now) => ({
    ...restarted(spec, now, [9, 7], { code: 137, reason: 'OOMKilled', secondsAgo: 3 * HOUR }, [
      'level=info msg="session cache grows" entries=1841022 heap=251Mi',
      'level=warn msg="heap near limit" heap=255Mi limit=256Mi',
    ]),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    usesMi: index => [249, 237, 121][Math.min(index, 2)]!,
  }),
  'accounts/password-reset': () => ({ image: 'registry.example.com/accounts/password-reset:latest' }),
  'billing/ledger': spec => ({
    image: `${spec.image}-hotfix1`,
    resources: { requests: { cpu: '250m', memory: '256Mi' } },
    applied: manifest => {
      manifest.spec.template.spec.containers[0]!.image = spec.image;
    },
  }),
  'billing/tax': () => ({ node: index => ['node-1', 'node-4', 'node-7'][index % 3]! }),
  'catalog/search': () => ({
    resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '2Gi' } },
    applied: manifest => {
      manifest.spec.template.spec.containers[0]!.resources = {
        requests: { cpu: '500m', memory: '512Mi' },
        limits: { memory: '1Gi' },
      };
    },
  }),
  'catalog/indexer': () => ({
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
    usesMi: index => 310 + index * 45,
  }),
  'fulfilment/carrier-gateway': (spec, now) =>
    restarted(spec, now, [12], { code: 1, reason: 'Error', secondsAgo: 2 * HOUR }, [
      'level=info msg="carrier session opened" carrier=dhl',
      'level=fatal msg="carrier token expired and could not be renewed" carrier=dhl status=401',
    ]),
  'fulfilment/returns': () => ({
    volumes: [{ volume: { name: 'tls', secret: { secretName: 'returns-tls' } }, mountPath: '/etc/tls' }],
  }),
  'notifications/push': spec => ({
    image: `${spec.image.slice(0, spec.image.lastIndexOf(':'))}@sha256:${'4be1c09d'.repeat(8)}`,
  }),
  'observability/grafana': () => ({ image: 'docker.io/grafana/grafana' }),
  'observability/otel-collector': (spec, now) =>
    restarted(spec, now, [0, 5], { code: 2, reason: 'Error', secondsAgo: 26 * HOUR }, [
      'panic: runtime error: index out of range [16] with length 16',
      'goroutine 71 [running]: batchprocessor.(*shard).export(0xc000b1e000)',
    ]),
  'inventory/stock': () => ({
    resources: { requests: { cpu: '200m', memory: '128Mi' }, limits: { memory: '1Gi' } },
    usesMi: index => 420 + index * 31,
  }),
  'platform/gateway': spec => ({
    applied: manifest => {
      manifest.spec.replicas = spec.replicas + 2;
    },
  }),
  'pricing/rules': () => ({
    env: [{ name: 'LOG_LEVEL', value: 'debug' }],
    applied: manifest => {
      manifest.spec.template.spec.containers[0]!.env = [{ name: 'LOG_LEVEL', value: 'info' }];
    },
  }),
  'recommendations/events': () => ({
    resources: { requests: { cpu: '50m', memory: '64Mi' } },
    usesMi: index => 180 + index * 12,
  }),
  'risk/device-id': () => ({ resources: { requests: { cpu: '100m', memory: '128Mi' } } }),
  'support/chat': () => ({ resources: {} }),
  'support/kb': () => ({ image: 'registry.example.com/support/kb:latest' }),
};

/** Its first pods restarted so often, all with the same last exit, a few minutes apart. */
function restarted(
  spec: WorkloadSpec,
  now: number,
  counts: number[],
  exit: LastExit,
  lastLines: string[],
): Partial<WorkloadSpec> {
  const ageSeconds = Math.max(spec.ageSeconds, exit.secondsAgo + HOUR);
  const secondsAgo = (index: number) => exit.secondsAgo + index * 840;
  return {
    ageSeconds,
    state: index => {
      const restarts = counts[index] ?? 0;
      if (restarts === 0) return { kind: 'running' };
      return { kind: 'running', restarts, lastExit: { ...exit, secondsAgo: secondsAgo(index) } };
    },
    previousLog: (_, index) =>
      counts[index] ? stamped(lastLines, now - (secondsAgo(index) + 1) * 1000) : undefined,
  };
}
