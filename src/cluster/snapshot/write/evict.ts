import { isRecord } from '../../../shared/json.ts';
import type { KubeObject } from '../../types.ts';
import { selectorMatches } from '../serve/label-selector.ts';
import { badRequest, failure } from '../status.ts';
import type { Collection } from '../store.ts';
import type { WriteContext } from './context.ts';
import { deleteObject } from './delete.ts';
import { updateObject } from './update.ts';

/**
 * The Eviction subresource (pkg/registry/core/pod/storage/eviction.go): a pod that runs leaves only while the one
 * PodDisruptionBudget that selects it allows a disruption, which is then counted.
 */
export function evictPod(
  context: WriteContext,
  budgets: Collection,
  pod: KubeObject,
  body: unknown,
): unknown {
  const sent = isRecord(body) && isRecord(body['metadata']) ? body['metadata']['name'] : undefined;
  const { name, namespace } = pod.metadata;
  if (sent !== undefined && sent !== name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${name} != ${sent}`);
  }
  const options = isRecord(body) ? body['deleteOptions'] : undefined;
  const selecting = isDisruptive(pod) ? budgets.list(namespace).filter(budget => selects(budget, pod)) : [];
  if (selecting.length > 1) {
    throw failure(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const budget = selecting[0];
  if (budget && !isReadyEnough(budget, pod)) countDisruption({ ...context, collection: budgets }, budget);
  deleteObject(context, pod, options);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

/** Pods that have ended, are on their way out or have not started are no loss. */
function isDisruptive(pod: KubeObject): boolean {
  const phase = pod['status']?.phase;
  return !pod.metadata.deletionTimestamp && !['Succeeded', 'Failed', 'Pending'].includes(phase);
}

function selects(budget: KubeObject, pod: KubeObject): boolean {
  return (
    isRecord(budget['spec']?.selector) && selectorMatches(budget['spec'].selector, pod.metadata.labels ?? {})
  );
}

/** An unready pod may go without being counted while enough others are healthy (or always, if the budget says so). */
function isReadyEnough(budget: KubeObject, pod: KubeObject): boolean {
  const conditions = (pod['status']?.conditions ?? []) as Array<{ type: string; status: string }>;
  if (conditions.some(condition => condition.type === 'Ready' && condition.status === 'True')) return false;
  if (budget['spec'].unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget['status'] ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function countDisruption(context: WriteContext, budget: KubeObject): void {
  const status = budget['status'] ?? {};
  const allowed: number = status.disruptionsAllowed ?? 0;
  if (allowed <= 0) {
    const { name } = budget.metadata;
    const { desiredHealthy = 0, currentHealthy = 0 } = status;
    throw failure(
      429,
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
          },
        ],
      },
    );
  }
  const next = { ...budget, status: { ...status, disruptionsAllowed: allowed - 1 } };
  updateObject(context, budget, next, 'status');
}
