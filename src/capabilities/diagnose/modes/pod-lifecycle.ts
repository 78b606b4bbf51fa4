import type { KubeObject } from '../../../cluster/types.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { tinyMemory } from '../milli-bytes.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { eventProof, fieldProof, findEvent } from '../prove.ts';
import { conditionOf, containersOf, isFinished } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { millis, refOf, refText, type World } from '../world.ts';
import { claimsOf } from './unschedulable-places.ts';

/** Evicted pods, pods that will not go, sandboxes and volumes that cannot be set up. */
export const podLifecycle: Mode = {
  name: 'pod-lifecycle',
  checks: 'eviction, deletion, pod sandboxes and volume mounts',
  needs: ['Node', 'PersistentVolumeClaim'],
  find(world) {
    return world.mine('Pod').flatMap(pod => {
      const draft = evicted(world, pod) ?? stuck(world, pod) ?? notSetUp(world, pod);
      return draft ? [draft] : [];
    });
  },
};

function evicted(world: World, pod: KubeObject): Draft | undefined {
  const { reason, message, phase } = pod.status ?? {};
  if (
    phase !== 'Failed' ||
    !/Evicted|NodeLost|Preempting|NodeShutdown|Terminated|OutOf\w+|NodeAffinity|UnexpectedAdmissionError/.test(
      reason ?? '',
    )
  )
    return undefined;
  const event = findEvent(world, pod, 'Pod', /^(?:Evicted|Preempted)/);
  const workload = workloadOf(world, pod, 'Pod');
  const again = world
    .in('Pod', pod.metadata.namespace ?? '')
    .some(
      other =>
        other !== pod &&
        refText(workloadOf(world, other, 'Pod')) === refText(workload) &&
        conditionOf(other, 'Ready')?.status === 'True',
    );
  return {
    mode: 'pod-evicted',
    severity: again ? 'info' : 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause: `Pod ${pod.metadata.name} of ${refText(workload)} was evicted from node ${pod.spec?.nodeName ?? '?'} (${reason}): ${message ?? event?.message ?? 'no message'}${again ? ' A replacement is running and ready.' : ''}`,
    evidence: [
      fieldProof(pod, 'Pod', reason),
      ...(message ? [fieldProof(pod, 'Pod', message)] : []),
      ...(event ? [eventProof(event)] : []),
    ],
    remediation: [
      `kubectl describe node ${pod.spec?.nodeName ?? '<node>'}`,
      'Give the pod requests and limits (memory, ephemeral-storage) that match what it uses.',
    ],
  };
}

function stuck(world: World, pod: KubeObject): Draft | undefined {
  const deleted = millis(pod.metadata.deletionTimestamp);
  if (!deleted) return undefined;
  const overdue = world.now - deleted;
  const finalizers = pod.metadata.finalizers ?? [];
  if (overdue < 60_000 && finalizers.length === 0) return undefined;
  const node = world.get('Node', '', pod.spec?.nodeName ?? '');
  const down = node && conditionOf(node, 'Ready')?.status !== 'True';
  if (overdue < 0) return undefined;
  const why =
    finalizers.length > 0
      ? `its finalizer ${finalizers.join(', ')} has not been removed`
      : down
        ? `its node ${node.metadata.name} is not ready and cannot confirm the end`
        : 'the kubelet has not confirmed the end of its containers';
  return {
    mode: 'stuck-terminating',
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    rootCause: `Pod ${pod.metadata.name} is stuck in Terminating since ${pod.metadata.deletionTimestamp}: ${why}.`,
    evidence: [
      fieldProof(pod, 'Pod', pod.metadata.deletionTimestamp),
      ...finalizers.map(item => fieldProof(pod, 'Pod', item)),
    ],
    remediation: [
      finalizers.length > 0
        ? `Find the controller behind ${finalizers[0]}; only if it is gone: kubectl -n ${pod.metadata.namespace} patch pod ${pod.metadata.name} --type merge -p '{"metadata":{"finalizers":null}}'`
        : `kubectl -n ${pod.metadata.namespace} delete pod ${pod.metadata.name} --grace-period=0 --force   # only if the node is truly gone`,
    ],
    ...(down && node ? { causedBy: refOf(node, 'Node') } : {}),
  };
}

/** The pods on other nodes that use a claim of this one. */
function holdersText(world: World, pod: KubeObject): string {
  for (const claim of claimsOf(world, pod)) {
    const holders = world
      .in('Pod', pod.metadata.namespace ?? '')
      .filter(
        other =>
          other !== pod &&
          !isFinished(other) &&
          other.spec?.nodeName !== pod.spec?.nodeName &&
          claimsOf(world, other).includes(claim),
      )
      .slice(0, 3)
      .map(other => `${refText(refOf(other, 'Pod'))} on node ${other.spec?.nodeName ?? '?'}`);
    if (holders.length > 0)
      return `: ${refText(refOf(claim))} (${(claim.spec?.accessModes ?? []).join(', ')}) is used by ${holders.join(', ')}`;
  }
  return '';
}

function notSetUp(world: World, pod: KubeObject): Draft | undefined {
  const creating = containersOf(pod).some(item =>
    /ContainerCreating|PodInitializing/.test(item.status?.state?.waiting?.reason ?? ''),
  );
  const started = containersOf(pod).some(
    item => item.status?.state?.running || item.status?.state?.terminated,
  );
  if (!creating || started || pod.metadata.deletionTimestamp) return undefined;
  const event = findEvent(
    world,
    pod,
    'Pod',
    /^(?:FailedCreatePodSandBox|FailedMount|FailedAttachVolume|FailedMapVolume|NetworkNotReady)/,
  );
  const small = event ? undefined : tinyMemory(pod);
  if (small) {
    return {
      mode: 'pod-not-ready',
      severity: 'critical',
      object: refOf(pod, 'Pod'),
      workload: refText(workloadOf(world, pod, 'Pod')),
      rootCause: `Pod ${pod.metadata.name} stays in ContainerCreating. ${small.text}.`,
      evidence: [small.proof],
      remediation: [`${editCommand(workloadOf(world, pod, 'Pod'))}   ${small.fix}`],
    };
  }
  if (
    !event ||
    /(?:configmap|secret) "[^"]+" not found|non-existent (?:config|secret) key/i.test(event.message)
  )
    return undefined;
  const workload = workloadOf(world, pod, 'Pod');
  const multi = /Multi-Attach error/.test(event.message);
  const sandbox = event.reason === 'FailedCreatePodSandBox' || event.reason === 'NetworkNotReady';
  const tiny = multi ? undefined : tinyMemory(pod);
  const why = sandbox
    ? 'the node cannot set up its sandbox or network (CNI)'
    : multi
      ? `its volume is still attached to another node and can be used by one node only (Multi-Attach)${holdersText(world, pod)}`
      : 'a volume cannot be attached or mounted';
  return {
    mode: sandbox ? 'sandbox-failed' : 'volume-mount-failed',
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause: `Pod ${pod.metadata.name} of ${refText(workload)} stays in ContainerCreating because ${why}: "${safeQuote(event.message, [], 360)}".${tiny ? ` ${tiny.text}.` : ''}`,
    evidence: [...(tiny ? [tiny.proof] : []), eventProof(event)],
    remediation: [
      ...(tiny ? [`${editCommand(workload)}   ${tiny.fix}`] : []),
      sandbox
        ? `Check the network plugin on node ${pod.spec?.nodeName}: kubectl -n kube-system get pods -o wide`
        : `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}   # the volume and what the event says`,
      ...(multi ? ['Delete the old pod that holds the volume, or use an access mode ReadWriteMany.'] : []),
    ],
  };
}
