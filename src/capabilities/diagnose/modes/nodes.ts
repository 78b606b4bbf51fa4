import type { KubeObject } from '../../../cluster/types.ts';
import { fieldProof } from '../prove.ts';
import { type Condition, conditionOf } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/** Nodes that cannot be used: decided by their conditions; a cordon alone is information. */
export const nodes: Mode = {
  name: 'node',
  checks: 'nodes that are not ready or under pressure',
  needs: ['Node'],
  find(world) {
    return world.all('Node').flatMap(node => trouble(world, node));
  },
};

function trouble(world: World, node: KubeObject): Draft[] {
  const ref = refOf(node, 'Node');
  const affected = world
    .podsOn(ref.name)
    .slice(0, 20)
    .map(pod => refText(refOf(pod, 'Pod')));
  const ready = conditionOf(node, 'Ready');
  const drafts: Draft[] = [];
  if (ready && ready.status !== 'True') {
    const silent = ready.status === 'Unknown';
    drafts.push({
      mode: 'node-not-ready',
      severity: 'critical',
      object: ref,
      rootCause: `Node ${ref.name} is not ready (NotReady): ${silent ? 'its kubelet has stopped reporting' : ready.reason}${ready.message ? `, "${ready.message}"` : ''}.`,
      evidence: [ready.reason, ready.message]
        .filter(text => text !== undefined)
        .map(text => fieldProof(node, 'Node', text)),
      remediation: [
        `kubectl describe node ${ref.name}`,
        silent
          ? 'Check that the machine is up and that its kubelet reaches the API server.'
          : 'Mend what the message names on that machine.',
      ],
      affected,
    });
  }
  for (const condition of (node.status?.conditions ?? []) as Condition[]) {
    if (
      !/^(?:Memory|Disk|PID)Pressure$|^NetworkUnavailable$/.test(condition.type) ||
      condition.status !== 'True'
    )
      continue;
    drafts.push({
      mode: 'node-pressure',
      severity: 'warning',
      object: ref,
      rootCause: `Node ${ref.name} reports ${condition.type}${condition.message ? `: "${condition.message}"` : ''}; the kubelet evicts pods and takes no new ones.`,
      evidence: [
        fieldProof(node, 'Node', condition.type),
        ...(condition.message ? [fieldProof(node, 'Node', condition.message)] : []),
      ],
      remediation: [`kubectl describe node ${ref.name}   # what uses it up`],
      affected,
    });
  }
  if (node.spec?.unschedulable) {
    drafts.push({
      mode: 'node-cordoned',
      severity: 'info',
      object: ref,
      rootCause: `Node ${ref.name} is cordoned (SchedulingDisabled): it takes no new pods.`,
      evidence: [fieldProof(node, 'Node', 'node.kubernetes.io/unschedulable')],
      remediation: [`kubectl uncordon ${ref.name}   # when its maintenance is over`],
    });
  }
  return drafts;
}
