import type { KubeObject } from '../../../cluster/types.ts';
import { fieldProof } from '../prove.ts';
import { conditionOf, isFinished } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { millis, refOf, refText, type World } from '../world.ts';
import { claimsOf } from './unschedulable-places.ts';

/** Kinds that people delete and wait for; pods and namespaces have rules of their own. */
const KINDS = [
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Service',
  'ConfigMap',
  'Secret',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Ingress',
];

/** Deletion that takes this long is not on its way. */
const PATIENCE_MS = 60_000;

/** Objects other than pods that were deleted and are still there: decided by their finalizers and who uses them. */
export const stuckTerminating: Mode = {
  name: 'stuck-terminating',
  checks: 'objects whose deletion does not end',
  needs: [
    'PersistentVolumeClaim',
    'PersistentVolume',
    'Service',
    'ConfigMap',
    'Secret',
    'CronJob',
    'Ingress',
  ],
  find(world) {
    return KINDS.flatMap(kind =>
      world.mine(kind).flatMap(item => {
        const since = millis(item.metadata.deletionTimestamp);
        return since && world.now - since >= PATIENCE_MS ? [describe(world, item, kind)] : [];
      }),
    );
  },
};

function describe(world: World, item: KubeObject, kind: string): Draft {
  const ref = refOf(item, kind);
  const finalizers = item.metadata.finalizers ?? [];
  const users = kind === 'PersistentVolumeClaim' ? usersOf(world, item) : [];
  const names = users.slice(0, 3).map(pod => refText(refOf(pod, 'Pod')));
  const protectedOnly = finalizers.every(name => name.startsWith('kubernetes.io/pv'));
  const why =
    users.length > 0 && protectedOnly
      ? `it is still used by ${names.join(', ')}, and ${finalizers.join(', ')} keeps it until that pod is gone`
      : finalizers.length > 0
        ? `its finalizer ${finalizers.join(', ')} has not been removed`
        : 'it has no finalizer, so the API server or its garbage collector has not got to it';
  return {
    mode: 'stuck-terminating',
    severity: users.length > 0 && protectedOnly ? 'warning' : 'critical',
    object: ref,
    rootCause: `${refText(ref)} is stuck in Terminating since ${item.metadata.deletionTimestamp}: ${why}.`,
    evidence: [
      fieldProof(item, kind, item.metadata.deletionTimestamp),
      ...finalizers.map(name => fieldProof(item, kind, name)),
    ],
    remediation:
      users.length > 0 && protectedOnly
        ? [
            `Stop what uses it, and the deletion goes on by itself: kubectl -n ${ref.namespace} delete pod ${users[0]?.metadata.name} (or scale its workload to 0)`,
          ]
        : [
            `Find the controller behind ${finalizers[0] ?? 'it'}; only if it is gone for good: kubectl ${ref.namespace ? `-n ${ref.namespace} ` : ''}patch ${kind.toLowerCase()} ${ref.name} --type merge -p '{"metadata":{"finalizers":null}}'`,
          ],
    affected: names,
  };
}

function usersOf(world: World, claim: KubeObject): KubeObject[] {
  return world
    .in('Pod', claim.metadata.namespace ?? '')
    .filter(pod => !isFinished(pod) && claimsOf(world, pod).includes(claim))
    .sort(
      (a, b) =>
        Number(conditionOf(b, 'Ready')?.status === 'True') -
        Number(conditionOf(a, 'Ready')?.status === 'True'),
    );
}
