import type { TimelineStep } from '../scenario.ts';
import { ROLLING, rollingContainer } from './generated/rolling.ts';

const STEP_MS = 400;

/** The StatefulSet controller at work: one pod after the other, then the new revision is the current one. */
export function rollingUpdate(): TimelineStep[] {
  const { namespace, name, replicas, updated, newImage, newRevision } = ROLLING;
  const set = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}/status`;
  const steps: TimelineStep[] = [];
  for (let done = updated + 1; done <= replicas; done++) {
    const afterMs = (done - updated) * STEP_MS;
    steps.push(
      {
        afterMs,
        path: `/api/v1/namespaces/${namespace}/pods/${name}-${replicas - done}`,
        patch: {
          metadata: { labels: { 'controller-revision-hash': newRevision } },
          spec: { containers: [rollingContainer(newImage)] },
        },
      },
      {
        afterMs: afterMs + STEP_MS / 2,
        path: set,
        patch: { status: { updatedReplicas: done, currentReplicas: replicas - done } },
      },
    );
  }
  steps.push({
    afterMs: (replicas - updated + 1) * STEP_MS,
    path: set,
    patch: { status: { currentRevision: newRevision, currentReplicas: replicas } },
  });
  return steps;
}

/** The endpoint controller, once the Service selects pods that exist. */
export function endpointsAppear(): TimelineStep[] {
  const conditions = { ready: true, serving: true, terminating: false };
  const addresses = ['10.244.2.31', '10.244.5.112', '10.244.8.7', '10.244.9.54'];
  return [
    {
      afterMs: 700,
      path: '/apis/discovery.k8s.io/v1/namespaces/storefront/endpointslices/web-7k2pd',
      patch: {
        ports: [{ name: 'http', port: 3000, protocol: 'TCP' }],
        endpoints: addresses.map(address => ({ addresses: [address], conditions })),
      },
    },
  ];
}
