import type { KubeObject } from '../../cluster/types.ts';
import type { Ref } from './types.ts';
import { refOf, type World } from './world.ts';

/** The controllers above an object, nearest first, as far as they were gathered or can be told from names. */
export function ownersOf(world: World, object: KubeObject): Ref[] {
  const owners: Ref[] = [];
  let current: KubeObject | undefined = object;
  for (let depth = 0; current && depth < 6; depth++) {
    const reference: { kind: string; name: string; uid: string } | undefined = (
      current.metadata.ownerReferences ?? []
    ).find(owner => owner.controller);
    if (!reference) break;
    const namespace: string = object.metadata.namespace ?? '';
    const found: KubeObject | undefined =
      world.byUid(reference.uid) ?? world.get(reference.kind, namespace, reference.name);
    owners.push(found ? refOf(found, reference.kind) : { ...pick(reference), namespace });
    if (!found && reference.kind === 'ReplicaSet') {
      const hash = object.metadata.labels?.['pod-template-hash'];
      if (hash && reference.name.endsWith(`-${hash}`)) {
        owners.push({ kind: 'Deployment', namespace, name: reference.name.slice(0, -hash.length - 1) });
      }
    }
    current = found;
  }
  return owners;
}

function pick(reference: { kind: string; name: string }): { kind: string; name: string } {
  return { kind: reference.kind, name: reference.name };
}

/** The workload a person would name: the topmost owner, or the object itself. */
export function workloadOf(world: World, object: KubeObject, kind = object.kind): Ref {
  return ownersOf(world, object).at(-1) ?? refOf(object, kind);
}

/** Pods below a workload, through ReplicaSets and Jobs. */
export function podsBelow(world: World, object: KubeObject): KubeObject[] {
  if (object.kind === 'Pod') return [object];
  return world.childrenOf(object).flatMap(child => (child === object ? [] : podsBelow(world, child)));
}

/** `deployment/checkout`: what kubectl takes in front of a name. */
export function kubectlName(ref: Ref): string {
  return `${ref.kind.toLowerCase()}/${ref.name}`;
}

/** How to change a workload's pods: a bare Pod and a Job cannot be changed in place, they are replaced. */
export function editCommand(ref: Ref): string {
  const fixed = ref.kind === 'Pod' || ref.kind === 'Job';
  return fixed
    ? `kubectl -n ${ref.namespace} replace --force -f <corrected manifest of ${kubectlName(ref)}>`
    : `kubectl -n ${ref.namespace} edit ${kubectlName(ref)}`;
}
