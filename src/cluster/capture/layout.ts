import type { ApiResource } from '../types.ts';

/**
 * Names that the support-bundle layout (Replicated troubleshoot, pkg/constants) gives to kinds whose directory is
 * not simply the plural.
 */
const RENAMED: Record<string, string> = {
  'persistentvolumes.': 'pvs',
  'persistentvolumeclaims.': 'pvcs',
  'resourcequotas.': 'resource-quota',
  'ingresses.networking.k8s.io': 'ingress',
  'networkpolicies.networking.k8s.io': 'network-policy',
  'poddisruptionbudgets.policy': 'pod-disruption-budgets',
  'storageclasses.storage.k8s.io': 'storage-classes',
  'customresourcedefinitions.apiextensions.k8s.io': 'custom-resource-definitions',
};

/** Kinds outside of the core group that the layout knows by their plural alone. */
const BARE = new Set([
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'priorityclasses.scheduling.k8s.io',
  'endpointslices.discovery.k8s.io',
  'leases.coordination.k8s.io',
  'volumeattachments.storage.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
]);

/** `pods`, `pvcs`, `certificates.cert-manager.io`: a kind's directory (or file stem) under `cluster-resources`. */
export function directoryOf(resource: Pick<ApiResource, 'group' | 'plural'>): string {
  const key = `${resource.plural}.${resource.group}`;
  if (RENAMED[key]) return RENAMED[key];
  return resource.group === '' || BARE.has(key) ? resource.plural : key;
}

/** A name from the cluster as one part of a path; nothing that a server answers may leave the directory. */
export function pathPart(name: string): string {
  const safe = name.replace(/[/\\\0]/g, '_');
  return safe === '.' || safe === '..' || safe === '' ? `_${safe}` : safe;
}
