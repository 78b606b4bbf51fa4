import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { affinityTerms, antiAffinityTerms, selectorText } from '../fit.ts';
import type { ModeName } from '../mode-table.ts';
import { fieldProof } from '../prove.ts';
import type { Container } from '../shapes.ts';
import type { Proof, Ref } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/** One thing that keeps a pod off the nodes. `{edit}` in a fix stands for editing its workload. */
export interface Reason {
  mode: ModeName;
  text: string;
  proofs?: Proof[];
  fix: string[];
  causedBy?: Ref;
  /** Set where the text already names the taints of the nodes in question. */
  namesTaints?: boolean;
}

export function portReason(world: World, pod: KubeObject, message: string): Reason | undefined {
  if (!/free ports/i.test(message)) return undefined;
  const ports = ((pod.spec?.containers ?? []) as Container[])
    .flatMap(item => item.ports ?? [])
    .flatMap(port => (port.hostPort ? [port.hostPort] : []));
  const holder = world
    .all('Pod')
    .find(
      other =>
        other !== pod &&
        other.spec?.nodeName &&
        ((other.spec?.containers ?? []) as Container[]).some(item =>
          (item.ports ?? []).some(port => port.hostPort && ports.includes(port.hostPort)),
        ),
    );
  return {
    mode: 'unschedulable-host-port',
    text: `its hostPort ${ports.join(', ')} is already taken on the nodes${holder ? ` (by ${refText(refOf(holder, 'Pod'))})` : ''}`,
    proofs: ports.slice(0, 1).map(port => fieldProof(pod, 'Pod', port, 'hostPort')),
    fix: ['{edit}   # use a Service instead of hostPort, or run no more replicas than nodes'],
  };
}

export function affinityReason(pod: KubeObject, message: string): Reason | undefined {
  if (/anti-affinity/i.test(message)) {
    const terms = antiAffinityTerms(pod);
    return {
      mode: 'unschedulable-anti-affinity',
      text: `its required pod anti-affinity (${terms.map(term => `${selectorText(term.labelSelector)} per ${term.topologyKey}`).join('; ')}) forbids every node that already runs such a pod, so it needs more nodes than there are`,
      proofs: terms.slice(0, 1).map(term => fieldProof(pod, 'Pod', term.topologyKey, 'topologyKey')),
      fix: ['{edit}   # prefer instead of require the anti-affinity, use fewer replicas, or add nodes'],
    };
  }
  if (/didn't match pod affinity/i.test(message)) {
    const terms = affinityTerms(pod);
    return {
      mode: 'unschedulable-pod-affinity',
      text: `its required pod affinity wants to be near pods with ${terms.map(term => `${selectorText(term.labelSelector)} (per ${term.topologyKey})`).join('; ')}, and there are none`,
      proofs: terms.slice(0, 1).map(term => fieldProof(pod, 'Pod', term.topologyKey)),
      fix: ['{edit}   # correct the affinity, or start the pods it wants to be near'],
    };
  }
  if (/topology spread/i.test(message)) {
    const spread = pod.spec?.topologySpreadConstraints?.[0];
    return {
      mode: 'unschedulable-topology-spread',
      text: `its topology spread constraint (maxSkew ${spread?.maxSkew ?? '?'} over ${spread?.topologyKey ?? '?'}, DoNotSchedule) cannot be kept${/missing required label/.test(message) ? `: nodes that it could use lack the label ${spread?.topologyKey}` : ''}`,
      proofs: spread ? [fieldProof(pod, 'Pod', spread.topologyKey)] : [],
      fix: [
        '{edit}   # use whenUnsatisfiable: ScheduleAnyway, or label or add nodes for the missing domains',
      ],
    };
  }
  return undefined;
}

export function volumeReason(world: World, pod: KubeObject, message: string): Reason | undefined {
  const absent = /persistentvolumeclaim "([^"]+)" not found/i.exec(message)?.[1];
  const namespace = pod.metadata.namespace ?? '';
  if (absent) {
    const near = nearest(
      absent,
      world.in('PersistentVolumeClaim', namespace).map(item => item.metadata.name),
      1,
    )[0];
    return {
      mode: 'pvc-missing',
      text: `it uses the PersistentVolumeClaim ${absent}, which does not exist (not found) in namespace ${namespace}${near ? `; the nearest is ${near}` : ''}`,
      proofs: [fieldProof(pod, 'Pod', absent)],
      fix: [`Create the PersistentVolumeClaim ${absent}, or correct claimName${near ? ` to ${near}` : ''}.`],
    };
  }
  if (
    /volume node affinity conflict|no available volume zone|didn't match PersistentVolume's node affinity/i.test(
      message,
    )
  ) {
    return {
      mode: 'unschedulable-volume-affinity',
      text: `its volume can only be used on other nodes than those that are free (volume node affinity conflict)${volumeNodes(world, pod)}`,
      fix: ['Free or restore a node in the place of the volume, or move the data to a new volume.'],
    };
  }
  if (!/unbound|PersistentVolumeClaim|persistent volumes to bind|storageclass/i.test(message))
    return undefined;
  const claims = claimsOf(world, pod).filter(claim => claim.status?.phase !== 'Bound');
  const claim = claims[0];
  return {
    mode: 'unschedulable-volume',
    text: `its PersistentVolumeClaim ${claim?.metadata.name ?? ''} is not bound`,
    fix: [
      claim
        ? `kubectl -n ${namespace} describe pvc ${claim.metadata.name}`
        : 'Check its PersistentVolumeClaims.',
    ],
    ...(claim ? { causedBy: refOf(claim, 'PersistentVolumeClaim') } : {}),
  };
}

export function claimsOf(world: World, pod: KubeObject): KubeObject[] {
  const namespace = pod.metadata.namespace ?? '';
  return (pod.spec?.volumes ?? []).flatMap(
    (volume: { name: string; persistentVolumeClaim?: { claimName: string }; ephemeral?: unknown }) => {
      const name =
        volume.persistentVolumeClaim?.claimName ??
        (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);
      const claim = name ? world.get('PersistentVolumeClaim', namespace, name) : undefined;
      return claim ? [claim] : [];
    },
  );
}

function volumeNodes(world: World, pod: KubeObject): string {
  for (const claim of claimsOf(world, pod)) {
    const volume = world.get('PersistentVolume', '', claim.spec?.volumeName ?? '');
    const term = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms?.[0]?.matchExpressions?.[0];
    if (volume && term)
      return `: PersistentVolume ${volume.metadata.name} of claim ${claim.metadata.name} requires ${term.key} in (${(term.values ?? []).join(', ')})`;
  }
  return '';
}
