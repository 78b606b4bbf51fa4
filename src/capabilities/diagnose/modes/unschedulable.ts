import type { KubeObject } from '../../../cluster/types.ts';
import { unmetLabels, untolerated } from '../fit.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { preemptedBefore, preemptions } from '../preemption.ts';
import { eventProof, fieldProof, findEvent } from '../prove.ts';
import { conditionOf } from '../shapes.ts';
import type { Draft, Mode, Ref } from '../types.ts';
import { type EventRecord, refOf, refText, type World } from '../world.ts';
import { cordonReason, labelReason, taintReason } from './unschedulable-nodes.ts';
import { affinityReason, portReason, type Reason, volumeReason } from './unschedulable-places.ts';
import { resourceReason } from './unschedulable-resources.ts';
import { reasonsUnseen } from './unschedulable-unseen.ts';

/** A pod without a node: decided by PodScheduled=False and the scheduler's message, node by node. */
export const unschedulable: Mode = {
  name: 'unschedulable',
  checks: 'pods that no node can take',
  needs: ['PersistentVolumeClaim', 'PersistentVolume', 'StorageClass'],
  find(world) {
    const preempted = preemptions(world);
    return world
      .mine('Pod')
      .filter(
        pod => !pod.spec?.nodeName && pod.status?.phase === 'Pending' && !pod.metadata.deletionTimestamp,
      )
      .flatMap(pod => {
        const draft = describe(world, pod, preempted);
        return draft ? [draft] : [];
      });
  },
};

function describe(world: World, pod: KubeObject, preempted: readonly EventRecord[]): Draft | undefined {
  const condition = conditionOf(pod, 'PodScheduled');
  const event = findEvent(world, pod, 'Pod', /^(?:FailedScheduling|NotTriggerScaleUp)/);
  const message = condition?.message || event?.message || '';
  const workload = workloadOf(world, pod, 'Pod');
  const gates: string[] = (pod.spec?.schedulingGates ?? []).map((gate: { name: string }) => gate.name);
  if (!message && gates.length === 0 && condition?.status !== 'False')
    return noScheduler(world, pod, workload);
  const reasons = gates.length > 0 ? [gateReason(gates)] : reasonsOf(world, pod, message);
  const main = reasons[0] ?? { mode: 'unschedulable', text: 'the scheduler found no node for it', fix: [] };
  const rest = reasons.slice(1);
  const pushed = preemptedBefore(world, pod, preempted);
  return {
    mode: main.mode,
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause:
      `Pod ${pod.metadata.name} of ${refText(workload)} is Pending because it cannot be scheduled: ${main.text}.` +
      (rest.length > 0 ? ` Also, ${rest.map(reason => reason.text).join('; ')}.` : '') +
      (pushed ? ` ${pushed.text}.` : '') +
      (message ? ` The scheduler says: "${message.slice(0, 300)}".` : ''),
    evidence: [
      ...(event ? [eventProof(event)] : []),
      ...(condition?.message && condition.message.trim() !== event?.message
        ? [fieldProof(pod, 'Pod', condition.message.trim())]
        : []),
      ...(pushed?.proofs ?? []),
      ...(main.proofs ?? []),
      ...rest.flatMap(reason => reason.proofs ?? []).slice(0, 2),
    ],
    remediation: [...main.fix.map(line => line.replace('{edit}', editCommand(workload)))],
    ruledOut: ['The program itself: the pod has not reached a node.'],
    ...(main.causedBy ? { causedBy: main.causedBy } : {}),
  };
}

function noScheduler(world: World, pod: KubeObject, workload: Ref): Draft | undefined {
  const age = world.now - Date.parse(pod.metadata.creationTimestamp ?? '');
  if (!(age > 60_000)) return undefined;
  const name = pod.spec?.schedulerName ?? 'default-scheduler';
  return {
    mode: 'unschedulable-no-scheduler',
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause: `Pod ${pod.metadata.name} of ${refText(workload)} is Pending and no scheduler has looked at it: nobody seems to run the scheduler "${name}" that it names.`,
    evidence: [fieldProof(pod, 'Pod', name)],
    remediation: [`Start the scheduler ${name}, or remove schedulerName from ${refText(workload)}.`],
  };
}

function gateReason(gates: string[]): Reason {
  return {
    mode: 'unschedulable-gated',
    text: `it has the scheduling gate ${gates.join(', ')}, which its controller has not removed`,
    fix: [`Find out why the controller that owns the gate ${gates[0]} does not remove it.`],
  };
}

function reasonsOf(world: World, pod: KubeObject, message: string): Reason[] {
  const nodes = world.all('Node');
  const volume = volumeReason(world, pod, message);
  if (volume && !/Insufficient|didn't match|untolerated taint/.test(message)) return [volume];
  if (nodes.length === 0) {
    const unseen = [
      portReason(world, pod, message),
      affinityReason(pod, message),
      volume,
      ...reasonsUnseen(pod, message),
    ];
    const found = unseen.filter(item => item !== undefined);
    if (found.length > 0) return found;
    const text = /no nodes available/i.test(message) ? 'the cluster has no nodes' : fromMessage(message);
    return [{ mode: 'unschedulable', text, fix: ['Add a node.'] }];
  }
  const matching = nodes.filter(node => unmetLabels(pod, node).length === 0);
  const labels = matching.length < nodes.length ? labelReason(pod, nodes, matching) : undefined;
  if (matching.length === 0 && labels) return [labels, ...(volume ? [volume] : [])];
  const open = matching.filter(node => untolerated(pod, node).length === 0);
  const taints = open.length < matching.length ? taintReason(pod, matching) : undefined;
  const free = open.filter(node => !node.spec?.unschedulable);
  const cordon =
    free.length < open.length ? cordonReason(open.filter(node => node.spec?.unschedulable)) : undefined;
  const resources = /Insufficient|Too many pods/i.test(message)
    ? resourceReason(world, pod, message, free.length > 0 ? free : matching, matching)
    : undefined;
  const others = [
    portReason(world, pod, message),
    affinityReason(pod, message),
    volume,
    otherReason(message),
  ].filter(item => item !== undefined);
  const decisive = [resources, ...others].filter(item => item !== undefined);
  const rest = [cordon, resources?.namesTaints ? undefined : taints, labels].filter(
    item => item !== undefined,
  );
  const found = free.length === 0 ? [...rest, ...decisive] : [...decisive, ...rest];
  // With no usable node left, each of the other obstacles is one more way out.
  const [first, second] = found;
  if (free.length === 0 && first && second)
    found[0] = { ...first, fix: [...first.fix, ...second.fix.slice(0, 1)] };
  return found.length > 0 ? found : [{ mode: 'unschedulable', text: fromMessage(message), fix: [] }];
}

/** What the scheduler's message names and no other rule knows, in its own words. */
function otherReason(message: string): Reason | undefined {
  const parts = (/nodes are available: (.*?)\.(?:\s|$)/s.exec(message)?.[1] ?? '').split(/, (?=\d+ )/);
  const unknown = parts.filter(part => /^\d+ /.test(part) && !KNOWN.test(part));
  if (unknown.length === 0) return undefined;
  return { mode: 'unschedulable', text: unknown.join(', '), fix: [] };
}

const KNOWN =
  /Insufficient|Too many pods|node affinity|node selector|satisfy plugin|taint|unschedulable|free ports|affinity|topology spread|unbound|persistent volume|PersistentVolume|volume zone/i;

function fromMessage(message: string): string {
  return message.replace(/\s*(?:preemption|no new claims).*$/i, '').slice(0, 260) || 'no node was available';
}
