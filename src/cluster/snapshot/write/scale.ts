import { isRecord } from '../../../shared/json.ts';
import type { KubeObject } from '../../types.ts';
import { badRequest, conflict } from '../status.ts';
import type { WriteContext } from './context.ts';
import { updateObject } from './update.ts';

/** The scale subresource of a workload, as an autoscaling/v1 Scale. */
export function scaleOf(workload: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const selector = workload['spec']?.selector;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: workload['spec']?.replicas ?? 1 },
    status: { replicas: workload['status']?.replicas ?? 0, selector: selectorText(selector) },
  };
}

/** Takes over the replicas of a changed Scale. */
export function setScale(context: WriteContext, workload: KubeObject, scale: KubeObject): KubeObject {
  const replicas: unknown = isRecord(scale['spec']) ? (scale['spec']['replicas'] ?? 0) : undefined;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(
      'Scale in version "v1" cannot be handled as a Scale: spec.replicas must be a whole number',
    );
  }
  const { resourceVersion } = workload.metadata;
  if (scale.metadata?.resourceVersion && scale.metadata.resourceVersion !== resourceVersion) {
    throw conflict(context.collection.served, workload.metadata.name);
  }
  const next = { ...workload, spec: { ...workload['spec'], replicas } };
  return scaleOf(updateObject(context, workload, next));
}

/** A LabelSelector as the text of a query. ReplicationControllers have a plain map. */
function selectorText(selector: unknown): string {
  if (!isRecord(selector)) return '';
  const nested = 'matchLabels' in selector || 'matchExpressions' in selector;
  const labels = nested ? (selector['matchLabels'] ?? {}) : selector;
  const equal = Object.entries(labels as Record<string, string>).map(([key, value]) => `${key}=${value}`);
  const expressions = (nested ? (selector['matchExpressions'] ?? []) : []) as Array<{
    key: string;
    operator: string;
    values?: string[];
  }>;
  const others = expressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...equal, ...others].join(',');
}
