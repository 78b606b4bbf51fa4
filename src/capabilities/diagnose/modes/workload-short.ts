import type { KubeObject } from '../../../cluster/types.ts';
import { podsBelow } from '../owners.ts';
import { fieldProof } from '../prove.ts';
import { isFinished } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { millis, refOf, refText, type World } from '../world.ts';

/** Longer than a controller needs to create the pods that are wanted. */
const PATIENCE_MS = 60_000;

/** The last resort for workloads: pods are missing, and whatever refused them has left no event and no condition. */
export const workloadShort: Mode = {
  name: 'workload-short',
  checks: 'workloads with fewer pods than wanted',
  needs: [],
  find(world) {
    if (!world.knows('Pod')) return [];
    return ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap(kind =>
      world.mine(kind).flatMap(item => {
        const draft = check(world, item, kind);
        return draft ? [draft] : [];
      }),
    );
  },
};

function check(world: World, item: KubeObject, kind: string): Draft | undefined {
  const daemon = kind === 'DaemonSet';
  const wanted: number = daemon ? (item.status?.desiredNumberScheduled ?? 0) : (item.spec?.replicas ?? 1);
  const counted: number = (daemon ? item.status?.currentNumberScheduled : item.status?.replicas) ?? 0;
  if (wanted === 0 || counted >= wanted || item.metadata.deletionTimestamp || item.spec?.paused)
    return undefined;
  if (world.now - millis(item.metadata.creationTimestamp) < PATIENCE_MS) return undefined;
  // Just scaled: the controller has not seen it yet.
  const { generation = 0 } = item.metadata as { generation?: number };
  if ((item.status?.observedGeneration ?? generation) < generation) return undefined;
  const pods = podsBelow(world, item).filter(pod => !isFinished(pod));
  // A StatefulSet waits for each pod before it creates the next one: that pod has a finding of its own.
  if (pods.length >= wanted || (kind === 'StatefulSet' && pods.length > 0)) return undefined;
  const ref = refOf(item, kind);
  return {
    mode: 'workload-short',
    severity: 'critical',
    object: ref,
    workload: refText(ref),
    rootCause:
      `${refText(ref)} has ${counted} of ${wanted} pods. Why cannot be told from the data: no event and no condition ` +
      'says what keeps the others from being created (a quota, an admission webhook, a missing ServiceAccount, a controller that does not run).',
    evidence: [fieldProof(item, kind, wanted, daemon ? 'desiredNumberScheduled' : 'replicas')],
    remediation: [
      `kubectl -n ${ref.namespace} describe ${kind.toLowerCase()}/${ref.name}   # its events, while they last`,
      `kubectl -n ${ref.namespace} rollout restart ${kind.toLowerCase()}/${ref.name}   # makes the controller try again and say why`,
    ],
  };
}
