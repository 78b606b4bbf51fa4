import { dangling } from '../policies/dangling.ts';
import { drift } from '../policies/drift.ts';
import { imageSkew } from '../policies/image-skew.ts';
import { imageInventory } from '../policies/images.ts';
import { lastHour } from '../policies/last-hour.ts';
import { memoryAudit } from '../policies/memory-audit.ts';
import { namespaceUsage } from '../policies/namespace-usage.ts';
import { nearLimit } from '../policies/near-limit.ts';
import { nodePacking } from '../policies/node-packing.ts';
import { topRestarts } from '../policies/restarts.ts';
import { spread } from '../policies/spread.ts';
import type { BenchScenario } from '../scenario.ts';

/** Questions about the objects of the whole fleet. */
export const AUDITS: readonly BenchScenario[] = [
  {
    id: 'drift',
    title: 'Objects that were edited by hand',
    question:
      'Which objects in the cluster differ from their last-applied configuration, and in which fields?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      'ledger[^\\n]*hotfix1',
      'search[^\\n]*1Gi[^\\n]*2Gi',
      'gateway[^\\n]*replicas[^\\n]*\\b9\\b[^\\n]*\\b7\\b',
      'pricing/rules[^\\n]*info[^\\n]*debug',
      'gateway-config[^\\n]*200[^\\n]*2000',
    ],
    forbid: ['risk/rules', 'shop/cart'],
    policy: drift,
  },
  {
    id: 'memory-audit',
    title: 'Missing memory limits, and use against requests',
    question:
      'Which workloads of all namespaces have containers without a memory limit, and which use more than twice the memory they request?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      'billing/ledger',
      'risk/device-id',
      'support/chat',
      'catalog/indexer[^\\n]*3740Mi',
      'inventory/stock[^\\n]*4896Mi',
      'recommendations/events[^\\n]*1512Mi',
    ],
    forbid: ['shop/cart', 'accounts/login'],
    policy: memoryAudit,
  },
  {
    id: 'near-limit',
    title: 'Pods close to their memory limit',
    question:
      'Which pods of all namespaces use more than 90 % of their memory limit now, and how much of it? Those are the next to be killed.',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: ['session-api-\\S+[^\\n]*\\b97\\b', 'session-api-\\S+[^\\n]*\\b93\\b', '\\b(2|two)\\b'],
    forbid: ['inventory/stock'],
    policy: nearLimit,
  },
  {
    id: 'image-inventory',
    title: 'Images that run, and those without a fixed tag',
    question:
      'Which container images run in all namespaces: how many distinct ones, which are tagged :latest or not at all, and which come from outside registry.example.com?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      '\\b52\\b',
      'password-reset:latest[^\\n]*\\b9\\b',
      'kb:latest[^\\n]*\\b8\\b',
      'docker\\.io/grafana/grafana[^\\n]*\\b9\\b',
    ],
    forbid: ['push@sha256'],
    policy: imageInventory,
  },
  {
    id: 'image-skew',
    title: 'Pods that run another image than their workload asks for',
    question:
      'Which pods of all namespaces run another image than the template of their workload asks for, and how many of each?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: ['loki:3\\.5\\.2', 'loki:3\\.6\\.0', '\\b(3|three) pods'],
    forbid: ['- none'],
    policy: imageSkew,
  },
  {
    id: 'top-restarts',
    title: 'The pods that restart most, with last exit and last log line',
    question:
      'Which ten pods of the cluster restarted most, how did each end last, and what was the last log line of the run that ended?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      'thumbnailer-\\S+[^\\n]*31[^\\n]*137',
      'promotions-\\S+[^\\n]*22[^\\n]*promotions_rw',
      'features-\\S+[^\\n]*17[^\\n]*feature matrix',
      'checkout-\\S+[^\\n]*14[^\\n]*PAYMENTS_API_URL',
      'carrier-gateway-\\S+[^\\n]*12[^\\n]*carrier token expired',
    ],
    forbid: ['session-api-\\S+[^\\n]*\\b9\\b'],
    policy: topRestarts,
  },
  {
    id: 'node-packing',
    title: 'Requested against allocatable CPU by node',
    question:
      'How much CPU is requested on each node of the cluster against what it can give, and which two namespaces request most there?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      'node-2\\b[^\\n]*6\\.55[^\\n]*catalog',
      'node-6\\b[^\\n]*6\\.45[^\\n]*catalog',
      'node-8\\b[^\\n]*2\\.95',
      '7\\.91',
    ],
    forbid: [],
    policy: nodePacking,
  },
  {
    id: 'namespace-usage',
    title: 'Requested against used CPU and memory by namespace',
    question:
      'How much CPU and memory does each namespace of the cluster request and really use? Begin with the one that leaves most CPU idle.',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      '^[^-]*- catalog: 6\\.40?\\b',
      'inventory[^\\n]*6\\.20?\\b',
      'observability[^\\n]*8\\.3Gi',
      'billing[^\\n]*9\\.1Gi',
    ],
    forbid: [],
    policy: namespaceUsage,
  },
  {
    id: 'replica-spread',
    title: 'Workloads that one node or one zone takes down',
    question: 'Which workloads of all namespaces have all their replicas on one node, or all in one zone?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: ['accounts/login[^\\n]*node-3\\b', 'billing/tax[^\\n]*zone-b', 'shop/checkout[^\\n]*zone-c'],
    forbid: ['shop/cart[^\\n]*(node|zone)-'],
    policy: spread,
  },
  {
    id: 'dangling-references',
    title: 'Services without endpoints, references to what does not exist',
    question:
      'In all namespaces: which Services have no ready endpoint, and which ConfigMaps and Secrets do workloads refer to that do not exist?',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      'invoices-v1',
      'risk/scoring',
      'shop/checkout',
      'storefront/web',
      'dunning-config',
      'returns-tls',
      'inventory-sync-token',
    ],
    forbid: ['orders-db', 'login-config'],
    policy: dangling,
  },
  {
    id: 'last-hour',
    title: 'What happened in the last hour, in order',
    question:
      'What happened in the cluster in the last hour, in order, going by the events of all namespaces? Leave out CronJob routine and ordinary image pulls, and say how often what repeats.',
    kind: 'audit',
    cluster: { snapshot: 'demo' },
    expect: [
      '02:05[^\\n]*checkout[\\s\\S]*02:19[^\\n]*suggest[\\s\\S]*02:26[^\\n]*node-4[\\s\\S]*02:31[^\\n]*node-4[\\s\\S]*02:39[^\\n]*gateway[\\s\\S]*02:53[^\\n]*loki',
      'EvictionThresholdMet',
      'premium-rwo',
      'promotions[^\\n]*Back-?off',
      'inventory-sync-token',
    ],
    forbid: ['SawCompletedJob', 'stock-snapshot'],
    policy: lastHour,
  },
];
