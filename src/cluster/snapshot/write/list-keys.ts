/**
 * How lists of the built-in kinds merge, by the name of the field that holds them: the key that identifies an
 * item (`patchMergeKey` in the API types, k8s.io/api), or `true` for sets of plain values. Lists that are not
 * here (tolerations, command, args, rules, …) are replaced whole.
 */
const KEYS: Record<string, string | true> = {
  addresses: 'type',
  conditions: 'type',
  containers: 'name',
  env: 'name',
  ephemeralContainers: 'name',
  finalizers: true,
  hostAliases: 'ip',
  imagePullSecrets: 'name',
  initContainers: 'name',
  matchConditions: 'name',
  ownerReferences: 'uid',
  podIPs: 'ip',
  hostIPs: 'ip',
  resourceClaims: 'name',
  schedulingGates: 'name',
  secrets: 'name',
  taints: 'key',
  topologySpreadConstraints: 'topologyKey',
  volumeDevices: 'devicePath',
  volumeMounts: 'mountPath',
  volumes: 'name',
  volumesAttached: 'name',
  webhooks: 'name',
};

/** The merge key of the list `field` below `parent`; undefined for lists that are replaced whole. */
export function mergeKeyOf(field: string, items: unknown[]): string | true | undefined {
  // Container ports are identified by containerPort, those of a Service by port, those of a slice by nothing.
  if (field === 'ports') {
    const has = (key: string) => items.some(item => typeof item === 'object' && item !== null && key in item);
    return has('containerPort') ? 'containerPort' : has('port') ? 'port' : undefined;
  }
  return Object.hasOwn(KEYS, field) ? KEYS[field] : undefined;
}
