import { fixService } from '../policies/fix-service.ts';
import { rolloutWait } from '../policies/rollout-wait.ts';
import type { BenchScenario } from '../scenario.ts';
import { endpointsAppear, rollingUpdate } from './timelines.ts';

/** Work that takes time or changes something. */
export const PROCEDURES: readonly BenchScenario[] = [
  {
    id: 'rollout-wait',
    title: 'A rollout under way: wait for it, then verify',
    question:
      'A rollout of the StatefulSet loki is under way. Wait until it is complete, then tell me which image its pods run, how many are ready, and whether they log errors.',
    kind: 'wait',
    namespace: 'observability',
    cluster: { snapshot: 'demo' },
    expect: [
      'rollout is complete',
      '5 of 5 pods run \\S*loki:3\\.6\\.0',
      '\\b5 of them ready',
      '\\b0 errors',
    ],
    forbid: ['not complete'],
    timeline: rollingUpdate(),
    policy: rolloutWait,
  },
  {
    id: 'fix-service',
    title: 'A change with approval: mend a selector, verify endpoints',
    question:
      'The web service reaches no pod because its selector does not match them. Fix the selector, then wait until endpoints are ready and tell me how many.',
    kind: 'change',
    namespace: 'storefront',
    cluster: { snapshot: 'demo' },
    expect: ['track=blue', '"track":"green"', '\\b4 ready endpoints'],
    forbid: ['No endpoint became ready'],
    approve: true,
    timeline: endpointsAppear(),
    policy: fixService,
  },
];
