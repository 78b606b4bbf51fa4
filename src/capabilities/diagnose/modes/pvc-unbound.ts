import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { eventProof, fieldProof, findEvent } from '../prove.ts';
import { quantity } from '../quantity.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';
import { claimsOf } from './unschedulable-places.ts';

/** A claim without a volume: decided by its StorageClass, its events and the volumes there are. */
export const pvcUnbound: Mode = {
  name: 'pvc-unbound',
  checks: 'PersistentVolumeClaims that are not bound',
  needs: ['PersistentVolumeClaim', 'PersistentVolume', 'StorageClass'],
  find(world) {
    return world.mine('PersistentVolumeClaim').flatMap(claim => {
      if (claim.status?.phase === 'Lost') return [lost(world, claim)];
      if (claim.status?.phase !== 'Pending') return [];
      const draft = pending(world, claim);
      return draft ? [draft] : [];
    });
  },
};

function users(world: World, claim: KubeObject): KubeObject[] {
  return world.in('Pod', claim.metadata.namespace ?? '').filter(pod => claimsOf(world, pod).includes(claim));
}

function pending(world: World, claim: KubeObject): Draft | undefined {
  const pods = users(world, claim);
  const ref = refOf(claim, 'PersistentVolumeClaim');
  const classes = world.all('StorageClass');
  const wanted: string | undefined = claim.spec?.storageClassName;
  const event = findEvent(
    world,
    claim,
    'PersistentVolumeClaim',
    /^(?:ProvisioningFailed|FailedBinding|ExternalProvisioning|VolumeMismatch|WaitForFirstConsumer|WaitForPodScheduled)/,
  );
  const found = classes.find(item => item.metadata.name === wanted);
  const waits = event && /WaitForFirstConsumer|WaitForPodScheduled/.test(event.reason);
  if (waits || found?.['volumeBindingMode'] === 'WaitForFirstConsumer') {
    // Binding on first use is how it is meant to be, unless the provisioner itself complains.
    if (event?.reason !== 'ProvisioningFailed') return undefined;
  }
  const names = classes.map(item => item.metadata.name);
  const size = claim.spec?.resources?.requests?.storage;
  const base = {
    severity: 'critical' as const,
    object: ref,
    affected: pods.map(pod => refText(refOf(pod, 'Pod'))),
    ruledOut: ['The pod itself: it waits for its volume.'],
  };
  const evidence = [
    ...(event ? [eventProof(event)] : []),
    ...(wanted ? [fieldProof(claim, 'PersistentVolumeClaim', wanted)] : []),
  ];
  const blocked =
    pods.length > 0
      ? `, so ${pods
          .slice(0, 3)
          .map(pod => `pod ${pod.metadata.name}`)
          .join(', ')} cannot be scheduled and stays Pending`
      : '';
  const said = event?.message ?? '';
  const saysMissing = /storageclass[.\w]* "[^"]+" not found/i.test(said);
  const handMade =
    wanted !== undefined &&
    world.all('PersistentVolume').some(volume => volume.spec?.storageClassName === wanted);
  if (wanted && !found && !handMade && (saysMissing || world.knows('StorageClass'))) {
    const near = nearest(wanted, names, 1)[0] ?? names[0];
    return {
      ...base,
      mode: 'pvc-storageclass-missing',
      rootCause: `${refText(ref)} is not bound because its StorageClass ${wanted} does not exist (storage class not found)${blocked}. ${names.length > 0 ? `The storage classes that exist are ${names.join(', ')}.` : 'The cluster has no StorageClass at all.'}`,
      evidence: [...evidence, ...(near ? [{ quote: near, source: 'k8s.list StorageClass' }] : [])],
      remediation: [
        `Create a StorageClass named ${wanted}, or delete the claim and create it again with an existing class${near ? ` such as ${near}` : ''} (storageClassName cannot be changed in place).`,
        `kubectl get storageclass`,
      ],
    };
  }
  if (/^FailedBinding/.test(event?.reason ?? '') || !found) {
    const reasons = volumeMismatches(world, claim);
    const classText = wanted
      ? `storage class ${wanted}`
      : wanted === ''
        ? 'no storage class (storageClassName "")'
        : 'no storage class set, and the cluster has no default StorageClass';
    return {
      ...base,
      mode: 'pvc-no-volume',
      rootCause: `${refText(ref)} is not bound: no PersistentVolume matches it (it wants ${size}, ${(claim.spec?.accessModes ?? []).join(', ')}, ${classText})${blocked}.${reasons.length > 0 ? ` ${reasons.join('; ')}.` : ' There are no free PersistentVolumes.'}${names.length > 0 ? ` The storage classes that exist are ${names.join(', ')}.` : ''}`,
      evidence: [...evidence, fieldProof(claim, 'PersistentVolumeClaim', size)],
      remediation: [
        'Create a PersistentVolume that matches the claim, or name a StorageClass that provisions one.',
        `kubectl -n ${ref.namespace} describe pvc ${ref.name}`,
      ],
    };
  }
  const age = world.now - Date.parse(claim.metadata.creationTimestamp ?? '');
  if (!event && age < 60_000) return undefined;
  const provisioner = found['provisioner'];
  return {
    ...base,
    mode: 'pvc-provisioning',
    rootCause: `${refText(ref)} is not bound: its StorageClass ${wanted} exists, but the provisioner ${provisioner} has not created a volume${said ? `: "${said.slice(0, 240)}"` : ''}${blocked}.`,
    evidence: [...evidence, fieldProof(found, 'StorageClass', provisioner)],
    remediation: [
      `Check that the provisioner ${provisioner} is installed and running: kubectl get pods -A | grep -i csi`,
    ],
  };
}

function lost(world: World, claim: KubeObject): Draft {
  const ref = refOf(claim, 'PersistentVolumeClaim');
  return {
    mode: 'pvc-lost',
    severity: 'critical',
    object: ref,
    rootCause: `${refText(ref)} is Lost: its PersistentVolume ${claim.spec?.volumeName} no longer exists.`,
    evidence: [fieldProof(claim, 'PersistentVolumeClaim', claim.spec?.volumeName)],
    remediation: ['Restore the volume from a backup, then recreate the claim.'],
    affected: users(world, claim).map(pod => refText(refOf(pod, 'Pod'))),
  };
}

/** Why each volume that is near a match does not match. */
function volumeMismatches(world: World, claim: KubeObject): string[] {
  return world
    .all('PersistentVolume')
    .flatMap(volume => {
      const why = mismatch(volume, claim);
      return why ? [`PersistentVolume ${volume.metadata.name} does not match: ${why}`] : [];
    })
    .slice(0, 4);
}

function mismatch(volume: KubeObject, claim: KubeObject): string | undefined {
  const bound = volume.spec?.claimRef;
  if (bound && (bound.name !== claim.metadata.name || bound.namespace !== claim.metadata.namespace)) {
    return `it is ${volume.status?.phase ?? 'Bound'} to ${bound.namespace}/${bound.name}`;
  }
  const wantedClass = claim.spec?.storageClassName ?? '';
  const itsClass = volume.spec?.storageClassName ?? '';
  if (wantedClass !== itsClass) return `its storage class is "${itsClass}", not "${wantedClass}"`;
  const has = volume.spec?.capacity?.storage;
  const wants = claim.spec?.resources?.requests?.storage;
  if (quantity(has) < quantity(wants)) return `it has ${has}, less than ${wants}`;
  const modes: string[] = volume.spec?.accessModes ?? [];
  const missing = ((claim.spec?.accessModes ?? []) as string[]).filter(mode => !modes.includes(mode));
  if (missing.length > 0) return `it offers ${modes.join(', ')}, not ${missing.join(', ')}`;
  const labels = Object.entries((claim.spec?.selector?.matchLabels ?? {}) as Record<string, string>).filter(
    ([key, value]) => volume.metadata.labels?.[key] !== value,
  );
  if (labels.length > 0)
    return `it lacks the label ${labels.map(([key, value]) => `${key}=${value}`).join(',')}`;
  return undefined;
}
