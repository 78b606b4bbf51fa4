import { describe, expect, test } from 'vitest';
import { podRowOf } from '../../src/capabilities/k8s/pod-row.ts';
import { selectorText } from '../../src/capabilities/k8s/selectors.ts';
import { quantity } from '../../src/capabilities/quantity.ts';
import { podColumns } from '../../src/cluster/pod-status.ts';
import type { KubeObject } from '../../src/cluster/types.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');
const running = { name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: '' } } };

function pod(
  status: object,
  spec: object = { containers: [{ name: 'app', image: 'x' }] },
  metadata: object = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop', creationTimestamp: '2026-11-21T04:00:00Z', ...metadata },
    spec,
    status,
  };
}

describe('the STATUS column is that of kubectl', () => {
  const app = (state: object, extra: object = {}) => ({
    phase: 'Running',
    containerStatuses: [{ ...running, ready: false, state, ...extra }],
  });
  const init = (state: object, extra: object = {}) => ({
    phase: 'Pending',
    initContainerStatuses: [{ name: 'setup', restartCount: 2, state, ...extra }],
    containerStatuses: [
      { name: 'app', ready: false, restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } },
    ],
  });
  const twoInits = { initContainers: [{ name: 'setup' }, { name: 'b' }], containers: [{ name: 'app' }] };
  const sidecar = {
    initContainers: [{ name: 'setup', restartPolicy: 'Always' }],
    containers: [{ name: 'app' }],
  };
  test.each<[string, KubeObject]>([
    ['Running', pod({ phase: 'Running', containerStatuses: [running] })],
    ['CrashLoopBackOff', pod(app({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 5 }))],
    ['OOMKilled', pod(app({ terminated: { exitCode: 137, reason: 'OOMKilled' } }))],
    ['ExitCode:3', pod(app({ terminated: { exitCode: 3 } }))],
    ['Signal:9', pod(app({ terminated: { exitCode: 137, signal: 9 } }))],
    ['Completed', pod({ ...app({ terminated: { exitCode: 0, reason: 'Completed' } }), phase: 'Succeeded' })],
    ['Pending', pod({ phase: 'Pending' })],
    ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
    ['Init:0/2', pod(init({ running: {} }), twoInits)],
    ['Init:CrashLoopBackOff', pod(init({ waiting: { reason: 'CrashLoopBackOff' } }), twoInits)],
    ['Init:Error', pod(init({ terminated: { exitCode: 1, reason: 'Error' } }), twoInits)],
    ['PodInitializing', pod(init({ terminated: { exitCode: 0 } }), twoInits)],
    [
      'Terminating',
      pod({ phase: 'Running', containerStatuses: [running] }, undefined, { deletionTimestamp: 'x' }),
    ],
    [
      'Running',
      pod(
        {
          phase: 'Running',
          initContainerStatuses: [{ name: 'setup', started: true, ready: true, state: { running: {} } }],
          containerStatuses: [running],
        },
        sidecar,
      ),
    ],
    [
      'NotReady',
      pod({
        phase: 'Running',
        containerStatuses: [
          { name: 'a', ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
          { ...running, name: 'b' },
        ],
      }),
    ],
    [
      'SchedulingGated',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
    ],
  ])('%s', (status, object) => {
    expect(podColumns(object).status).toBe(status);
  });

  test('sidecars count as containers', () => {
    const object = pod(
      {
        phase: 'Running',
        initContainerStatuses: [
          { name: 'setup', started: true, ready: true, restartCount: 1, state: { running: {} } },
        ],
        containerStatuses: [running],
      },
      sidecar,
    );
    expect(podColumns(object)).toMatchObject({ ready: 2, containers: 2, restarts: 1 });
  });
});

test('a crashed pod tells its cause, its owner and its limits', () => {
  const row = podRowOf(
    pod(
      {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            ready: false,
            restartCount: 7,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
            lastState: {
              terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-21T04:59:00Z' },
            },
          },
        ],
      },
      {
        nodeName: 'node-1',
        containers: [{ name: 'app', image: 'x:1', resources: { limits: { memory: '24Mi' } } }],
      },
      {
        labels: { 'pod-template-hash': '9db49' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'checkout-9db49', controller: true }],
      },
    ),
    NOW,
  );
  expect(row).toMatchObject({
    status: 'CrashLoopBackOff',
    ready: '0/1',
    restarts: 7,
    ageSeconds: 3600,
    node: 'node-1',
    owner: 'Deployment/checkout',
    problem: true,
    reason: 'CrashLoopBackOff',
    lastExit: { container: 'app', code: 137, reason: 'OOMKilled' },
    containers: [
      { name: 'app', image: 'x:1', limits: { memory: '24Mi' }, state: 'waiting: CrashLoopBackOff' },
    ],
  });
});

test('a finished pod and a healthy pod are no problem; a healthy one that just crashed is', () => {
  const exit = (at: string) => ({
    phase: 'Running',
    containerStatuses: [
      {
        ...running,
        restartCount: 1,
        lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: at } },
      },
    ],
  });
  expect(podRowOf(pod({ phase: 'Running', containerStatuses: [running] }), NOW).problem).toBe(false);
  expect(
    podRowOf(
      pod({
        phase: 'Succeeded',
        containerStatuses: [{ name: 'app', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      }),
      NOW,
    ).problem,
  ).toBe(false);
  expect(podRowOf(pod(exit('2026-11-20T04:00:00Z')), NOW).problem).toBe(false);
  expect(podRowOf(pod(exit('2026-11-21T04:50:00Z')), NOW)).toMatchObject({
    problem: true,
    status: 'Running',
  });
});

test('quantities and selectors read as Kubernetes writes them', () => {
  expect(quantity('250m')).toBeCloseTo(0.25);
  expect(quantity('24Mi')).toBe(24 * 2 ** 20);
  expect(quantity('104455n')).toBeCloseTo(0.000104455);
  expect(quantity('1e3')).toBe(1000);
  expect(quantity('2')).toBe(2);
  expect(quantity('x')).toBeUndefined();
  expect(
    selectorText({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    }),
  ).toBe('app=web,tier in (a,b),!old');
});
