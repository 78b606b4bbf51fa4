import type { Change, Grant } from './types.ts';

/** Standing permissions of one session. */
export interface Grants {
  list(): Grant[];
  add(grant: Grant): void;
  revoke(grant: Grant): void;
  covers(change: Change): boolean;
}

export function createGrants(initial: readonly Grant[] = []): Grants {
  let grants: Grant[] = [];
  const store: Grants = {
    list: () => grants.map(grant => ({ ...grant })),
    add(grant) {
      if (!grants.some(known => same(known, grant))) grants.push({ ...grant });
    },
    revoke(grant) {
      grants = grants.filter(known => !same(known, grant));
    },
    covers: change => isGrantable(change) && grants.some(grant => same(grant, change)),
  };
  for (const grant of initial) store.add(grant);
  return store;
}

/**
 * What a standing permission may cover at all. Revealing a secret, deleting collections, deleting what takes a
 * whole world with it (namespaces, resource definitions), and what names no kind are asked every time.
 */
export function isGrantable(change: Pick<Change, 'effect' | 'verb' | 'kind'>): boolean {
  if (change.effect === 'reveal' || change.verb === 'deletecollection') return false;
  // A path that names no kind could be about anything.
  if (change.kind === '') return false;
  return !(change.effect === 'delete' && ['Namespace', 'CustomResourceDefinition'].includes(change.kind));
}

function same(grant: Grant, other: Grant): boolean {
  return grant.verb === other.verb && grant.kind === other.kind && grant.namespace === other.namespace;
}
