import type { ClusterBuilder } from './builder.ts';
import { type PodState, stateOf, type WorkloadSpec } from './workload-spec.ts';

type PodMetadata = { name: string; namespace: string; [field: string]: unknown };

/** Adds one pod of a workload in the state that the spec asks for, with its logs, events and metrics. */
export function addPod(
  cluster: ClusterBuilder,
  spec: WorkloadSpec,
  metadata: PodMetadata,
  podSpec: Record<string, unknown>,
  index: number,
): void {
  const state = stateOf(spec, index);
  const anyNode = `node-${cluster.random.int(1, 12)}`;
  const node = state.kind === 'unscheduled' ? undefined : (spec.node?.(index) ?? anyNode);
  const { name: pod, namespace } = metadata;
  const scheduled = node !== undefined;
  const ready = state.kind === 'running';
  const condition = (type: string, status: boolean, extra: object = {}) => ({
    type,
    status: status ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: cluster.ago(spec.ageSeconds),
    ...extra,
  });
  const notReady = ready
    ? {}
    : { reason: 'ContainersNotReady', message: 'containers with unready status: [app]' };
  cluster.add({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { ...podSpec, ...(node ? { nodeName: node } : {}) },
    status: scheduled
      ? {
          phase: state.kind === 'waiting' ? 'Pending' : 'Running',
          qosClass: 'Burstable',
          hostIP: '192.0.2.10',
          podIP: `10.244.${cluster.random.int(0, 11)}.${cluster.random.int(2, 250)}`,
          startTime: cluster.ago(spec.ageSeconds),
          conditions: [
            condition('PodReadyToStartContainers', true),
            condition('Initialized', true),
            condition('Ready', ready, notReady),
            condition('ContainersReady', ready, notReady),
            condition('PodScheduled', true),
          ],
          containerStatuses: [containerStatus(cluster, spec, pod, state)],
        }
      : {
          phase: 'Pending',
          qosClass: 'Burstable',
          conditions: [
            condition('PodScheduled', false, {
              reason: 'Unschedulable',
              message: state.kind === 'unscheduled' ? state.message : '',
            }),
          ],
        },
  });
  const lines = state.kind === 'waiting' || !scheduled ? undefined : spec.log?.(pod, index);
  if (lines) cluster.addLog({ namespace, pod, container: 'app', lines });
  const earlier = spec.previousLog?.(pod, index);
  if (earlier) cluster.addLog({ namespace, pod, container: 'app', previous: true, lines: earlier });
  addEvents(cluster, spec, metadata, state);
  if (state.kind === 'running' || state.kind === 'not-ready') {
    cluster.add({
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'PodMetrics',
      metadata: { name: pod, namespace },
      timestamp: cluster.ago(12),
      window: '15s',
      containers: [
        {
          name: 'app',
          usage: {
            cpu: `${cluster.random.int(400_000, 90_000_000)}n`,
            memory: `${spec.usesMi ? spec.usesMi(index) * 1024 : cluster.random.int(18_000, 190_000)}Ki`,
          },
        },
      ],
    });
  }
}

function containerStatus(cluster: ClusterBuilder, spec: WorkloadSpec, pod: string, state: PodState) {
  const id = () =>
    `containerd://${cluster.random.uid().replaceAll('-', '')}${cluster.random.uid().replaceAll('-', '')}`;
  const base = {
    name: 'app',
    image: spec.image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    lastState: {},
  };
  switch (state.kind) {
    case 'running': {
      const restarts = state.restarts ?? 0;
      const exit = state.lastExit ?? { code: 0, reason: 'Completed', secondsAgo: spec.ageSeconds - 60 };
      const lastState =
        restarts > 0
          ? {
              terminated: {
                exitCode: exit.code,
                reason: exit.reason,
                startedAt: cluster.ago(spec.ageSeconds),
                finishedAt: cluster.ago(exit.secondsAgo),
                containerID: id(),
              },
            }
          : {};
      return {
        ...base,
        containerID: id(),
        imageID: `sha256:${cluster.random.uid().replaceAll('-', '')}`,
        ready: true,
        started: true,
        restartCount: restarts,
        lastState,
        state: {
          running: { startedAt: cluster.ago(restarts > 0 ? exit.secondsAgo - 30 : spec.ageSeconds - 3) },
        },
      };
    }
    case 'not-ready':
      return {
        ...base,
        containerID: id(),
        imageID: `sha256:${cluster.random.uid().replaceAll('-', '')}`,
        started: true,
        state: { running: { startedAt: cluster.ago(spec.ageSeconds - 3) } },
      };
    case 'crash-loop': {
      const terminated = {
        exitCode: state.exitCode,
        reason: state.reason,
        startedAt: cluster.ago(131),
        finishedAt: cluster.ago(128),
        containerID: id(),
      };
      return {
        ...base,
        containerID: terminated.containerID,
        restartCount: state.restarts,
        lastState: { terminated },
        state: {
          waiting: {
            reason: 'CrashLoopBackOff',
            message: `back-off 5m0s restarting failed container=app pod=${pod}_${spec.namespace}(${cluster.random.uid()})`,
          },
        },
      };
    }
    case 'waiting':
      return { ...base, state: { waiting: { reason: state.reason, message: state.message } } };
    case 'unscheduled':
      return base;
    default:
      return state satisfies never;
  }
}

function addEvents(
  cluster: ClusterBuilder,
  spec: WorkloadSpec,
  metadata: PodMetadata,
  state: PodState,
): void {
  const event = (
    type: string,
    reason: string,
    message: string,
    count: number,
    lastSeconds: number,
    component = 'kubelet',
  ) =>
    cluster.add({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${metadata.name}.${cluster.random.suffix(16)}`,
        namespace: metadata.namespace,
        creationTimestamp: cluster.ago(Math.min(spec.ageSeconds, 3000)),
      },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        name: metadata.name,
        namespace: metadata.namespace,
        uid: metadata.uid,
        ...(component === 'kubelet' ? { fieldPath: 'spec.containers{app}' } : {}),
      },
      type,
      reason,
      message,
      count,
      firstTimestamp: cluster.ago(Math.min(spec.ageSeconds, 3000)),
      lastTimestamp: cluster.ago(lastSeconds),
      reportingComponent: component,
      reportingInstance: '',
      source: { component },
    });
  if (state.kind === 'unscheduled')
    event('Warning', 'FailedScheduling', state.message, 14, 40, 'default-scheduler');
  if (state.kind === 'waiting')
    for (const item of state.events) event(item.type, item.reason, item.message, item.count, 60);
  if (state.kind === 'not-ready') event('Warning', 'Unhealthy', state.probe, 540, 8);
  if (state.kind === 'crash-loop') {
    event(
      'Normal',
      'Pulled',
      `Container image "${spec.image}" already present on machine`,
      state.restarts + 1,
      130,
    );
    event(
      'Warning',
      'BackOff',
      `Back-off restarting failed container app in pod ${metadata.name}_${metadata.namespace}(${String(metadata.uid)})`,
      state.restarts * 9,
      20,
    );
  }
}
