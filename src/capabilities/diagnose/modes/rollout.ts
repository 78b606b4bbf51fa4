import type { KubeObject } from '../../../cluster/types.ts';
import { isRecord } from '../../../shared/json.ts';
import { cleanText } from '../../../shared/text.ts';
import { podsBelow } from '../owners.ts';
import { fieldProof } from '../prove.ts';
import { conditionOf, isPodReady } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/** A Deployment that does not get on, is paused in mid-change, or is switched off: decided by its conditions and spec. */
export const rollout: Mode = {
  name: 'rollout',
  checks: 'rollouts that are stuck, paused or scaled to zero',
  needs: ['HorizontalPodAutoscaler'],
  find(world) {
    return [...world.mine('Deployment'), ...world.mine('StatefulSet')].flatMap(item => {
      const draft = stalled(world, item) ?? paused(item) ?? scaledToZero(world, item);
      return draft ? [draft] : [];
    });
  },
};

function stalled(world: World, item: KubeObject): Draft | undefined {
  const progress = conditionOf(item, 'Progressing');
  if (progress?.reason !== 'ProgressDeadlineExceeded') return undefined;
  const ref = refOf(item);
  const sick = podsBelow(world, item).filter(pod => !isPodReady(pod));
  const { replicas = 1 } = item.spec ?? {};
  const { updatedReplicas = 0, availableReplicas = 0 } = item.status ?? {};
  const change = difference(world, item);
  return {
    // With nothing to go back to, it only repeats what is wrong with the pod.
    mode: change || availableReplicas > 0 || !sick[0] ? 'rollout-stalled' : 'rollout-not-ready',
    severity: 'critical',
    object: ref,
    workload: refText(ref),
    rootCause: `The rollout of ${refText(ref)} is stuck (ProgressDeadlineExceeded)${change ? ` since it changed ${change}` : ''}: ${sick[0] ? `pod ${sick[0].metadata.name} of the new revision does not become ready` : `${updatedReplicas} of ${replicas} replicas are updated`}, and ${availableReplicas > 0 ? `the ${availableReplicas} available replica${availableReplicas === 1 ? '' : 's'} of ${replicas} wanted still run${availableReplicas === 1 ? 's' : ''} the revision before` : 'no replica is available'}.`,
    evidence: [
      fieldProof(item, item.kind, 'ProgressDeadlineExceeded'),
      fieldProof(item, item.kind, progress.message ?? progress.reason),
    ],
    remediation: [
      ...(change
        ? [`kubectl -n ${ref.namespace} rollout undo deployment/${ref.name}   # back to the revision before`]
        : []),
      `kubectl -n ${ref.namespace} rollout status deployment/${ref.name}`,
    ],
    ...(sick[0] ? { causedBy: refOf(sick[0], 'Pod') } : {}),
  };
}

/** What the newest ReplicaSet changes against the one before, image and environment names only. */
function difference(world: World, item: KubeObject): string {
  const revision = (set: KubeObject) =>
    Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  const [now, before] = world
    .childrenOf(item)
    .filter(child => child.kind === 'ReplicaSet')
    .sort((a, b) => revision(b) - revision(a));
  if (!now || !before) return '';
  const changes: string[] = [];
  for (const container of now.spec?.template?.spec?.containers ?? []) {
    const old = (before.spec?.template?.spec?.containers ?? []).find(
      (entry: { name: string }) => entry.name === container.name,
    );
    if (!old) {
      changes.push(`container ${container.name} (new)`);
      continue;
    }
    if (old.image !== container.image)
      changes.push(`the image of ${container.name} from ${old.image} to ${container.image}`);
    for (const field of [
      'command',
      'args',
      'env',
      'envFrom',
      'resources',
      'readinessProbe',
      'livenessProbe',
      'startupProbe',
      'volumeMounts',
    ]) {
      if (JSON.stringify(old[field]) !== JSON.stringify(container[field]))
        changes.push(`${field} of ${container.name}${probeChange(field, old[field], container[field])}`);
    }
  }
  return changes.slice(0, 5).join(', ');
}

/** ` (httpGet.path from /healthz to /ready)`; other fields may hold what nobody should read. */
function probeChange(field: string, old: unknown, now: unknown): string {
  if (!/Probe$/.test(field) && field !== 'resources') return '';
  const before = new Map(leaves(old ?? {}));
  const after = new Map(leaves(now ?? {}));
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter(key => before.get(key) !== after.get(key))
    .map(key => `${key} from ${before.get(key) ?? 'none'} to ${after.get(key) ?? 'none'}`);
  return changed.length > 0 ? ` (${changed.slice(0, 3).join(', ')})` : '';
}

function leaves(value: unknown, path: string[] = []): Array<[string, string]> {
  if (!isRecord(value)) return [[path.join('.'), cleanText(String(value)).slice(0, 80)]];
  return Object.entries(value).flatMap(([key, inner]) =>
    /^(?:exec|httpHeaders)$/.test(key) ? [] : leaves(inner, [...path, key]),
  );
}

function paused(item: KubeObject): Draft | undefined {
  if (!item.spec?.paused) return undefined;
  const ref = refOf(item);
  const { replicas = 1 } = item.spec;
  const behind = (item.status?.updatedReplicas ?? 0) < replicas;
  return {
    mode: 'rollout-paused',
    severity: behind ? 'critical' : 'info',
    object: ref,
    workload: refText(ref),
    rootCause: `The rollout of ${refText(ref)} is paused (spec.paused is true)${behind ? `: only ${item.status?.updatedReplicas ?? 0} of ${replicas} replicas have the current template, and changes have no effect until it is resumed` : ''}.`,
    evidence: [
      fieldProof(item, item.kind, true, 'paused'),
      ...(conditionOf(item, 'Progressing')?.message
        ? [fieldProof(item, item.kind, conditionOf(item, 'Progressing')?.message)]
        : []),
    ],
    remediation: [`kubectl -n ${ref.namespace} rollout resume deployment/${ref.name}`],
  };
}

function scaledToZero(world: World, item: KubeObject): Draft | undefined {
  if (item.spec?.replicas !== 0) return undefined;
  const ref = refOf(item);
  const scaler = world
    .in('HorizontalPodAutoscaler', ref.namespace)
    .find(hpa => hpa.spec?.scaleTargetRef?.kind === item.kind && hpa.spec?.scaleTargetRef?.name === ref.name);
  const owner = Object.keys({ ...item.metadata.annotations, ...item.metadata.labels }).find(key =>
    /keda|scaledobject|knative|downscaler/i.test(key),
  );
  return {
    mode: 'scaled-to-zero',
    severity: 'info',
    object: ref,
    workload: refText(ref),
    rootCause: `${refText(ref)} has no pods because it is scaled to 0 replicas (spec.replicas is 0)${scaler ? `; ${refText(refOf(scaler, 'HorizontalPodAutoscaler'))} targets it and is disabled while replicas is 0` : owner ? `, which ${owner} does on purpose` : ''}.`,
    evidence: [fieldProof(item, item.kind, 0, 'replicas')],
    remediation: [
      `kubectl -n ${ref.namespace} scale ${item.kind.toLowerCase()}/${ref.name} --replicas=1   # if it is meant to run`,
    ],
    ruledOut: ['A failure: no pod is wanted.'],
  };
}
