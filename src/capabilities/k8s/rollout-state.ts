import type { KubeObject } from '../../cluster/types.ts';

export interface RolloutState {
  done: boolean;
  failed: boolean;
  message: string;
  desired: number;
  updated: number;
  ready: number;
  available: number;
}

/** What `kubectl rollout status` concludes; follows polymorphichelpers/rollout_status.go. */
export function rolloutState(workload: KubeObject): RolloutState {
  const { spec = {}, status = {} } = workload;
  const daemon = workload.kind === 'DaemonSet';
  const counts = {
    desired: daemon ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1),
    updated: (daemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0,
    ready: (daemon ? status.numberReady : status.readyReplicas) ?? 0,
    available: (daemon ? status.numberAvailable : status.availableReplicas) ?? 0,
  };
  const state = (message: string, outcome: 'done' | 'failed' | 'going' = 'going'): RolloutState => ({
    ...counts,
    done: outcome === 'done',
    failed: outcome === 'failed',
    message,
  });
  if ((workload.metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    return state('the controller has not seen the newest change yet');
  }
  const conditions: Array<{ type: string; reason?: string; message?: string }> = status.conditions ?? [];
  const progressing = conditions.find(condition => condition.type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return state(`exceeded its progress deadline: ${progressing.message ?? ''}`, 'failed');
  }
  if (counts.updated < counts.desired) {
    return state(`${counts.updated} of ${counts.desired} pods have the new template`);
  }
  const old = (status.replicas ?? 0) - counts.updated;
  if (workload.kind === 'Deployment' && old > 0) return state(`${old} old pods are still to be removed`);
  const up = workload.kind === 'StatefulSet' ? counts.ready : counts.available;
  if (up < counts.desired) return state(`${up} of ${counts.desired} updated pods are available`);
  if (
    workload.kind === 'StatefulSet' &&
    status.updateRevision !== status.currentRevision &&
    (spec.updateStrategy?.rollingUpdate?.partition ?? 0) === 0
  ) {
    return state('pods are still on the previous revision');
  }
  return state('successfully rolled out', 'done');
}
