import { imageOf, nodesReady, podRunning } from '../policies/lookups.ts';
import type { BenchScenario } from '../scenario.ts';

/** Questions that one call answers: tools mode may be the cheaper way. */
export const LOOKUPS: readonly BenchScenario[] = [
  {
    id: 'pod-running',
    title: 'Is a pod running',
    question: 'is reports-db running?',
    kind: 'lookup',
    namespace: 'data',
    cluster: { snapshot: 'demo' },
    expect: ['\\bPending\\b'],
    forbid: ['is Running', 'no pod named'],
    policy: podRunning,
  },
  {
    id: 'image-of',
    title: 'Which image a deployment runs',
    question: 'which image does the cart deployment run?',
    kind: 'lookup',
    namespace: 'shop',
    cluster: { snapshot: 'demo' },
    expect: ['registry\\.example\\.com/shop/cart:2\\.8\\.1'],
    forbid: [],
    policy: imageOf,
  },
  {
    id: 'nodes-ready',
    title: 'How many nodes are ready',
    question: 'how many nodes are ready?',
    kind: 'lookup',
    cluster: { snapshot: 'demo' },
    expect: ['\\b(12|twelve)\\b'],
    forbid: ['\\b(0|10|11) (of|nodes)'],
    policy: nodesReady,
  },
];
