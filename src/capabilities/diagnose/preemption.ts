import type { KubeObject } from '../../cluster/types.ts';
import { fieldProof } from './prove.ts';
import type { Proof } from './types.ts';
import { type EventRecord, refOf, refText, type World } from './world.ts';

/** The events by which the scheduler says that a pod had to make room for one of higher priority. */
export function preemptions(world: World): EventRecord[] {
  return world.allEvents().filter(event => event.reason === 'Preempted' && event.object.kind === 'Pod');
}

/** Whether a pod waits because one of its workload was pushed off its node, and by whom. */
export function preemptedBefore(
  world: World,
  pod: KubeObject,
  events: readonly EventRecord[],
): { text: string; proofs: Proof[] } | undefined {
  const owner = (pod.metadata.ownerReferences ?? []).find(reference => reference.controller)?.name;
  if (!owner) return undefined;
  const event = events.find(
    ({ object }) =>
      object.namespace === pod.metadata.namespace &&
      (object.name === pod.metadata.name || object.name.startsWith(`${owner}-`)),
  );
  if (!event) return undefined;
  // Kubernetes 1.25 and later name the preemptor by its uid, earlier versions by namespace and name.
  const [, who = '', node] =
    /^Preempted by (?:pod )?(\S+?)(?: on node (\S+?))?\.?$/.exec(event.message) ?? [];
  const [namespace = '', name = ''] = who.split('/');
  const winner =
    world.podsOn(node ?? '').find(item => item.metadata.uid === who) ?? world.get('Pod', namespace, name);
  const priority = winner?.spec?.priority;
  const by = winner
    ? `${refText(refOf(winner, 'Pod'))}${priority === undefined ? '' : `, whose priority ${priority} is higher`}`
    : 'a pod of higher priority';
  return {
    text: `Its predecessor ${event.object.name} was preempted${node ? ` on node ${node}` : ''} by ${by}`,
    proofs: [
      { quote: event.message, source: `k8s.events ${refText(event.object)}` },
      ...(winner && priority !== undefined ? [fieldProof(winner, 'Pod', priority, 'priority')] : []),
    ],
  };
}
