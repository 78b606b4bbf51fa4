import { isRecord } from '../../../../shared/json.ts';

/** Values that the API server fills in by itself; a field that has one of them says nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  schedulerName: 'default-scheduler',
  dnsPolicy: 'ClusterFirst',
  preemptionPolicy: 'PreemptLowerPriority',
  enableServiceLinks: true,
  protocol: 'TCP',
  successThreshold: 1,
  sessionAffinity: 'None',
  internalTrafficPolicy: 'Cluster',
  ipFamilyPolicy: 'SingleStack',
  scheme: 'HTTP',
  defaultMode: 420,
  blockOwnerDeletion: true,
  controller: true,
  progressDeadlineSeconds: 600,
  revisionHistoryLimit: 10,
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
};
/** Fields that mean the same when they are empty and when they are absent. */
const EMPTY = new Set(['securityContext', 'resources', 'loadBalancer', 'labels', 'annotations']);
/** Fields that say again what another one beside them says. */
const REPEATED: Readonly<Record<string, string>> = {
  lastUpdateTime: 'lastTransitionTime',
  serviceAccount: 'serviceAccountName',
};
const ROLLING = JSON.stringify({
  rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
  type: 'RollingUpdate',
});
/** Identifiers of servers and runtimes, and lists that repeat a field beside them. */
const BOOKKEEPING = new Set([
  'uid',
  'resourceVersion',
  'generateName',
  'selfLink',
  'managedFields',
  'containerID',
  'podIPs',
  'hostIPs',
  'clusterIPs',
  'ipFamilies',
]);
const TOKEN_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Fields whose keys are a person's own. */
const DATA = new Set(['data', 'stringData', 'labels', 'annotations', 'matchLabels', 'nodeSelector']);

/** A whole API object, as a server sends it; what was selected by `fields` was asked for and is left alone. */
export function isWholeObject(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  return value['metadata']['creationTimestamp'] !== undefined && value['metadata']['uid'] !== undefined;
}

/** The object without what the API server and the kubelet add to every object of its kind. */
export function withoutNoise(object: Record<string, unknown>): Record<string, unknown> {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  return cleaned(object, metadata['generation']) as Record<string, unknown>;
}

/** `generation` is the object's own: who has observed that one is up to date. */
function cleaned(value: unknown, generation: unknown): unknown {
  if (Array.isArray(value))
    return value.filter(item => !isAddedToAll(item)).map(item => cleaned(item, generation));
  if (!isRecord(value)) return value;
  const out: Record<string, unknown> = {};
  for (const key in value) {
    const item = value[key];
    if (item === null || BOOKKEEPING.has(key) || (key in DEFAULTS && DEFAULTS[key] === item)) continue;
    if (key === 'observedGeneration' && item === generation) continue;
    if (key in REPEATED && item === value[REPEATED[key]!]) continue;
    if (EMPTY.has(key) && isRecord(item) && Object.keys(item).length === 0) continue;
    if (key === 'strategy' && JSON.stringify(item) === ROLLING) continue;
    if (DATA.has(key)) out[key] = item;
    // A node lists every image it has pulled; `fields` brings them back.
    else if (key === 'images' && Array.isArray(item) && isRecord(value['nodeInfo'])) out[key] = item.length;
    else {
      const kept = cleaned(item, generation);
      if (Array.isArray(kept) && kept.length === 0 && Array.isArray(item) && item.length > 0) continue;
      out[key] = kept;
    }
  }
  return out;
}

/** The service account's token, and the tolerations for nodes that are away for five minutes. */
function isAddedToAll(item: unknown): boolean {
  if (!isRecord(item)) return false;
  if (item['mountPath'] === TOKEN_MOUNT) return true;
  if (isRecord(item['projected']) && String(item['name']).startsWith('kube-api-access-')) return true;
  return (
    item['tolerationSeconds'] === 300 &&
    /^node\.kubernetes\.io\/(not-ready|unreachable)$/.test(String(item['key']))
  );
}
