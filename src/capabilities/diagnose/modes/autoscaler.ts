import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { eventProof, fieldProof, findEvent } from '../prove.ts';
import { conditionOf } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/** HorizontalPodAutoscalers that cannot work or have reached their limit: decided by their conditions. */
export const autoscaler: Mode = {
  name: 'autoscaler',
  checks: 'HorizontalPodAutoscalers',
  needs: ['HorizontalPodAutoscaler'],
  find(world) {
    return world
      .mine('HorizontalPodAutoscaler')
      .flatMap(hpa => [check(world, hpa)].filter(draft => draft !== undefined));
  },
};

function check(world: World, hpa: KubeObject): Draft | undefined {
  const ref = refOf(hpa, 'HorizontalPodAutoscaler');
  const target = `${hpa.spec?.scaleTargetRef?.kind} ${hpa.spec?.scaleTargetRef?.name}`;
  const able = conditionOf(hpa, 'AbleToScale');
  const active = conditionOf(hpa, 'ScalingActive');
  const limited = conditionOf(hpa, 'ScalingLimited');
  const bad =
    able?.status === 'False'
      ? able
      : active?.status === 'False' && active.reason !== 'ScalingDisabled'
        ? active
        : undefined;
  const base = { object: ref, workload: refText(ref) };
  if (bad) {
    const event = findEvent(world, hpa, 'HorizontalPodAutoscaler', /^Failed/);
    const requests = /missing request for (\w+)/.exec(bad.message ?? '')?.[1];
    const why = requests
      ? `the pods of ${target} have no ${requests} request, so utilization cannot be computed`
      : bad.reason === 'FailedGetScale'
        ? `its target ${target} ${/not found/.test(bad.message ?? '') ? `does not exist (not found)${nearTarget(world, hpa)}` : 'cannot be read'}`
        : 'it gets no metrics';
    return {
      ...base,
      mode: 'hpa-inactive',
      severity: 'warning',
      rootCause: `${refText(ref)} cannot scale ${target}: ${why} (${bad.reason}: "${bad.message}").`,
      evidence: [
        fieldProof(hpa, 'HorizontalPodAutoscaler', bad.message),
        fieldProof(hpa, 'HorizontalPodAutoscaler', bad.reason, 'reason'),
        ...(event && !bad.message?.includes(event.message) ? [eventProof(event)] : []),
      ],
      remediation: [
        requests
          ? `kubectl -n ${ref.namespace} set resources ${String(hpa.spec?.scaleTargetRef?.kind).toLowerCase()}/${hpa.spec?.scaleTargetRef?.name} --requests=${requests}=<what it normally uses>`
          : bad.reason === 'FailedGetScale'
            ? `kubectl -n ${ref.namespace} edit hpa ${ref.name}   # correct spec.scaleTargetRef`
            : 'Check metrics-server: kubectl get apiservice v1beta1.metrics.k8s.io',
      ],
    };
  }
  const max = hpa.spec?.maxReplicas;
  if (limited?.status === 'True' && limited.reason === 'TooManyReplicas') {
    return {
      ...base,
      mode: 'hpa-at-limit',
      severity: 'warning',
      rootCause: `${refText(ref)} wants more replicas of ${target} than its maxReplicas ${max} allows (TooManyReplicas).`,
      evidence: [
        fieldProof(hpa, 'HorizontalPodAutoscaler', 'TooManyReplicas'),
        fieldProof(hpa, 'HorizontalPodAutoscaler', max, 'maxReplicas'),
      ],
      remediation: [
        `kubectl -n ${ref.namespace} patch hpa ${ref.name} --type merge -p '{"spec":{"maxReplicas":<more than ${max}>}}'`,
      ],
    };
  }
  return undefined;
}

/** What the target was probably meant to be. */
function nearTarget(world: World, hpa: KubeObject): string {
  const { kind = 'Deployment', name = '' } = hpa.spec?.scaleTargetRef ?? {};
  const names = world.in(kind, hpa.metadata.namespace ?? '').map(item => item.metadata.name);
  const near = nearest(name, names, 1)[0] ?? names.find(item => item.includes(name) || name.includes(item));
  return near ? `; the nearest is ${kind} ${near}` : '';
}
