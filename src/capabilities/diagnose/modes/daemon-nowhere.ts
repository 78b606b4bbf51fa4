import type { KubeObject } from '../../../cluster/types.ts';
import { type Taint, unmetLabels, untolerated } from '../fit.ts';
import { editCommand } from '../owners.ts';
import { fieldProof } from '../prove.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/**
 * A DaemonSet that wants no pod at all, since no node fits: often on purpose (no GPU nodes yet), so only worth
 * knowing. Decided by desiredNumberScheduled and its node selector and tolerations against the nodes.
 */
export const daemonNowhere: Mode = {
  name: 'daemon-nowhere',
  checks: 'DaemonSets that fit no node',
  needs: ['Node'],
  find(world) {
    const nodes = world.all('Node');
    if (nodes.length === 0) return [];
    return world
      .mine('DaemonSet')
      .filter(item => item.status?.desiredNumberScheduled === 0 && !item.metadata.deletionTimestamp)
      .flatMap(item => check(world, item, nodes) ?? []);
  },
};

/** The controller tolerates the node conditions' taints for its pods. */
const own = (taint: Taint): boolean => !taint.key.startsWith('node.kubernetes.io/');

function check(world: World, item: KubeObject, nodes: KubeObject[]): Draft | undefined {
  const { generation = 0 } = item.metadata as { generation?: number };
  if ((item.status?.observedGeneration ?? 0) < generation) return undefined;
  const pod: KubeObject = { ...item, spec: item.spec?.template?.spec };
  const ref = refOf(item, 'DaemonSet');
  const labels = nodes.map(node => unmetLabels(pod, node));
  const fitting = nodes.filter((_, index) => labels[index]?.length === 0);
  const taints = fitting.map(node => untolerated(pod, node).find(own));
  const taint = taints.find(Boolean);
  if (taints.some(found => found === undefined)) return undefined;
  const wanted = [...new Set(labels.flat())].slice(0, 4).join(', ');
  const why = taint
    ? `the ${fitting.length} of ${world.all('Node').length} nodes that fit its node selector have the taint ${taint.key}, which its pods do not tolerate`
    : `none of the ${nodes.length} nodes has the label that its node selector or affinity requires: ${wanted}`;
  const [key, value] = Object.entries((pod.spec?.nodeSelector ?? {}) as Record<string, string>)[0] ?? [];
  return {
    mode: taint ? 'unschedulable-taint' : 'unschedulable-node-labels',
    severity: 'info',
    object: ref,
    workload: refText(ref),
    rootCause: `${refText(ref)} runs on no node: ${why}.`,
    evidence: [
      fieldProof(item, 'DaemonSet', 0, 'desiredNumberScheduled'),
      ...(key && value ? [fieldProof(item, 'DaemonSet', value, key)] : []),
    ],
    remediation: [
      taint
        ? `${editCommand(ref)}   # tolerate ${taint.key}, if it is meant to run there`
        : `kubectl label node <node> ${wanted.includes('=') ? wanted.split(', ')[0] : '<label>'}   # if it is meant to run there, or correct the selector: ${editCommand(ref)}`,
    ],
  };
}
