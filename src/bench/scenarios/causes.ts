import { clusterScan } from '../policies/cluster-scan.ts';
import { crashCause } from '../policies/crash-cause.ts';
import { diagnosed } from '../policies/diagnosed.ts';
import { peerNamespace } from '../policies/peer-namespace.ts';
import { pendingGpu } from '../policies/pending-gpu.ts';
import type { BenchScenario } from '../scenario.ts';

/** Questions for a reason. */
export const CAUSES: readonly BenchScenario[] = [
  {
    id: 'crash-cause',
    title: 'One crashing workload, by plain reads',
    question: 'why do the promotions pods keep crashing?',
    kind: 'cause',
    namespace: 'pricing',
    cluster: { snapshot: 'demo' },
    expect: ['promotions_rw\\\\?" does not exist', 'Pod pricing/promotions-'],
    forbid: ['not found in the data', 'is healthy'],
    policy: crashCause,
  },
  {
    id: 'crash-analyzed',
    title: 'One crashing workload, by the analyzer (in both modes)',
    question: 'why is checkout crashing?',
    kind: 'cause',
    namespace: 'shop',
    cluster: { snapshot: 'demo' },
    expect: ['PAYMENTS_API_URL'],
    forbid: ['not found in the data', 'is healthy'],
    policy: diagnosed({ name: 'diagnose.object', input: { name: 'checkout' } }),
  },
  {
    id: 'pending-gpu',
    title: 'A training job that waits for GPUs',
    question: 'why is trainer pending?',
    kind: 'cause',
    namespace: 'ml',
    cluster: { snapshot: 'demo' },
    expect: ['\\b4 nvidia\\.com/gpu', 'node-11 and node-12 have 1', '10 Insufficient nvidia\\.com/gpu'],
    forbid: ['not found in the data'],
    policy: pendingGpu,
  },
  {
    id: 'unreachable-service',
    title: 'A service that reaches no pod, by the analyzer (in both modes)',
    question: 'why is the web service unreachable?',
    kind: 'cause',
    namespace: 'storefront',
    cluster: { snapshot: 'demo' },
    expect: ['track.{0,6}blue', 'green', 'selector|label'],
    forbid: ['not found in the data'],
    policy: diagnosed({ name: 'diagnose.object', input: { name: 'web', kind: 'Service' } }),
  },
  {
    id: 'namespace-health',
    title: 'Health of one namespace, by the analyzer (in both modes)',
    question: 'is anything wrong in this namespace?',
    kind: 'cause',
    namespace: 'recommendations',
    cluster: { snapshot: 'demo' },
    expect: ['features', 'OOMKilled|out of memory|memory limit'],
    forbid: ['not found in the data', 'nothing is wrong'],
    policy: diagnosed({ name: 'diagnose.namespace', input: {} }, peerNamespace('recommendations')),
  },
  {
    id: 'cluster-scan',
    title: 'Every failing pod of 311, by cause, with the line that decides',
    question:
      'Find every failing pod in the cluster, group them by workload and cause, and give for each group the event or log line that decides.',
    kind: 'cause',
    cluster: { snapshot: 'demo' },
    expect: [
      '\\b26\\b',
      'report-builder:7\\.4\\.O',
      'promotions_rw',
      'checksum mismatch',
      'PAYMENTS_API_URL',
      'inventory-sync-token',
      '401 Unauthorized',
      'unbound immediate PersistentVolumeClaims',
      'Insufficient nvidia\\.com/gpu',
      'templates/index\\.db: permission denied',
      'thumbnailer\\D{0,40}OOMKilled',
      'features\\D{0,40}OOMKilled',
    ],
    forbid: ['not found in the data'],
    policy: clusterScan,
  },
];
