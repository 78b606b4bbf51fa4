import type { KubeObject } from '../../cluster/types.ts';
import { matchesSelector } from './labels.ts';
import { claimsOf } from './modes/unschedulable-places.ts';
import { ownersOf, podsBelow } from './owners.ts';
import { podsBehind } from './services.ts';
import type { Finding, Ref } from './types.ts';
import { refOf, refText, type World } from './world.ts';

/** The objects whose trouble is the subject's trouble: owners, pods, services in front, claims, scalers, routes. */
export function familyOf(world: World, subjects: Ref[]): Set<string> {
  const family = new Set<string>();
  for (const subject of subjects) {
    family.add(refText(subject));
    const object = world.get(subject.kind, subject.namespace, subject.name);
    if (object) for (const ref of relatives(world, object)) family.add(refText(ref));
  }
  return family;
}

function relatives(world: World, object: KubeObject): Ref[] {
  const pods = podsOf(world, object);
  const namespace = object.metadata.namespace ?? '';
  const refs = [...ownersOf(world, object), ...world.childrenOf(object).map(child => refOf(child))];
  for (const pod of pods) {
    refs.push(refOf(pod, 'Pod'), ...ownersOf(world, pod), ...claimsOf(world, pod).map(claim => refOf(claim)));
    for (const service of world.in('Service', namespace)) {
      if (podsBehind(world, service).includes(pod)) refs.push(refOf(service, 'Service'));
    }
  }
  const services = new Set(refs.filter(ref => ref.kind === 'Service').map(ref => ref.name));
  if (object.kind === 'Service') services.add(object.metadata.name);
  for (const item of world.in('Ingress', namespace)) {
    const text = JSON.stringify(item.spec ?? {});
    if ([...services].some(name => text.includes(`"service":{"name":"${name}"`)))
      refs.push(refOf(item, 'Ingress'));
  }
  for (const budget of world.in('PodDisruptionBudget', namespace)) {
    if (pods.some(pod => matchesSelector(budget.spec?.selector, pod.metadata.labels)))
      refs.push(refOf(budget, 'PodDisruptionBudget'));
  }
  for (const scaler of world.in('HorizontalPodAutoscaler', namespace)) {
    if (scaler.spec?.scaleTargetRef?.name === object.metadata.name)
      refs.push(refOf(scaler, 'HorizontalPodAutoscaler'));
  }
  return refs;
}

function podsOf(world: World, object: KubeObject): KubeObject[] {
  const namespace = object.metadata.namespace ?? '';
  switch (object.kind) {
    case 'Service':
      return podsBehind(world, object);
    case 'PersistentVolumeClaim':
      return world.in('Pod', namespace).filter(pod => claimsOf(world, pod).includes(object));
    case 'Node':
      return [];
    case 'HorizontalPodAutoscaler': {
      const target = object.spec?.scaleTargetRef;
      const found = target && world.get(target.kind, namespace, target.name);
      return found ? podsBelow(world, found) : [];
    }
    case 'Ingress': {
      const text = JSON.stringify(object.spec ?? {});
      return world
        .in('Service', namespace)
        .filter(service => text.includes(`"name":"${service.metadata.name}"`))
        .flatMap(service => podsBehind(world, service));
    }
    default:
      return podsBelow(world, object);
  }
}

/** Findings that concern the family, and those that explain them. */
export function concerning(findings: Finding[], family: Set<string>): Finding[] {
  const chosen = new Set(
    findings.filter(
      finding =>
        family.has(refText(finding.object)) ||
        (finding.workload && family.has(finding.workload)) ||
        finding.affected.some(ref => family.has(ref)),
    ),
  );
  for (const finding of chosen) {
    const cause = finding.causedBy && refText(finding.causedBy);
    for (const other of findings) if (cause && refText(other.object) === cause) chosen.add(other);
  }
  return findings.filter(finding => chosen.has(finding));
}
