import type { ApiResource } from '../types.ts';

/** A kind of the built-in table. `optional` ones are served only where the snapshot holds objects of them. */
export interface StandardKind extends ApiResource {
  optional: boolean;
  /** Has a status subresource: generation counts, and writes to the object leave its status alone. */
  hasStatus: boolean;
}

const READ = ['get', 'list'];
const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/**
 * group/version, then `plural Kind [short,short] [flags]` a kind. Flags: c cluster-scoped, a category `all`,
 * x category `api-extensions`, s status subresource, o optional, r read-only.
 */
const TABLE: Record<string, string[]> = {
  v1: [
    'configmaps ConfigMap cm',
    'endpoints Endpoints ep',
    'events Event ev',
    'limitranges LimitRange limits',
    'namespaces Namespace ns cs',
    'nodes Node no cs',
    'persistentvolumeclaims PersistentVolumeClaim pvc s',
    'persistentvolumes PersistentVolume pv cs',
    'pods Pod po as',
    'podtemplates PodTemplate',
    'replicationcontrollers ReplicationController rc as',
    'resourcequotas ResourceQuota quota s',
    'secrets Secret',
    'serviceaccounts ServiceAccount sa',
    'services Service svc as',
  ],
  'admissionregistration.k8s.io/v1': [
    'mutatingwebhookconfigurations MutatingWebhookConfiguration - cx',
    'validatingadmissionpolicies ValidatingAdmissionPolicy - cxs',
    'validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding - cx',
    'validatingwebhookconfigurations ValidatingWebhookConfiguration - cx',
  ],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions CustomResourceDefinition crd,crds cxs'],
  'apiregistration.k8s.io/v1': ['apiservices APIService - cxs'],
  'apps/v1': [
    'controllerrevisions ControllerRevision',
    'daemonsets DaemonSet ds as',
    'deployments Deployment deploy as',
    'replicasets ReplicaSet rs as',
    'statefulsets StatefulSet sts as',
  ],
  'autoscaling/v2': ['horizontalpodautoscalers HorizontalPodAutoscaler hpa as'],
  'batch/v1': ['cronjobs CronJob cj as', 'jobs Job - as'],
  'certificates.k8s.io/v1': ['certificatesigningrequests CertificateSigningRequest csr cs'],
  'coordination.k8s.io/v1': ['leases Lease'],
  'discovery.k8s.io/v1': ['endpointslices EndpointSlice'],
  'events.k8s.io/v1': ['events Event ev o'],
  'flowcontrol.apiserver.k8s.io/v1': [
    'flowschemas FlowSchema - cs',
    'prioritylevelconfigurations PriorityLevelConfiguration - cs',
  ],
  'metrics.k8s.io/v1beta1': ['nodes NodeMetrics - cor', 'pods PodMetrics - or'],
  'networking.k8s.io/v1': [
    'ingressclasses IngressClass - c',
    'ingresses Ingress ing s',
    'ipaddresses IPAddress ip co',
    'networkpolicies NetworkPolicy netpol',
    'servicecidrs ServiceCIDR - cos',
  ],
  'node.k8s.io/v1': ['runtimeclasses RuntimeClass - c'],
  'policy/v1': ['poddisruptionbudgets PodDisruptionBudget pdb s'],
  'rbac.authorization.k8s.io/v1': [
    'clusterrolebindings ClusterRoleBinding - c',
    'clusterroles ClusterRole - c',
    'rolebindings RoleBinding',
    'roles Role',
  ],
  'resource.k8s.io/v1': [
    'deviceclasses DeviceClass - co',
    'resourceclaims ResourceClaim - os',
    'resourceclaimtemplates ResourceClaimTemplate - o',
    'resourceslices ResourceSlice - co',
  ],
  'scheduling.k8s.io/v1': ['priorityclasses PriorityClass pc c'],
  'storage.k8s.io/v1': [
    'csidrivers CSIDriver - c',
    'csinodes CSINode - c',
    'csistoragecapacities CSIStorageCapacity',
    'storageclasses StorageClass sc c',
    'volumeattachments VolumeAttachment - cs',
    'volumeattributesclasses VolumeAttributesClass vac co',
  ],
};

/** The kinds that every cluster has, as Kubernetes 1.36 serves them (`kubectl api-resources`). */
export const STANDARD_KINDS: readonly StandardKind[] = Object.entries(TABLE).flatMap(([groupVersion, rows]) =>
  rows.map(row => parseRow(groupVersion, row)),
);

function parseRow(groupVersion: string, row: string): StandardKind {
  const [group, version] = splitGroupVersion(groupVersion);
  const [plural = '', kind = '', short = '-', flags = ''] = row.split(' ');
  const has = (flag: string) => flags.includes(flag);
  return {
    group,
    version,
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: short === '-' ? [] : short.split(','),
    namespaced: !has('c'),
    verbs: has('r') ? READ : ALL_VERBS,
    categories: [...(has('a') ? ['all'] : []), ...(has('x') ? ['api-extensions'] : [])],
    optional: has('o'),
    hasStatus: has('s'),
  };
}

/** `apps/v1` → ['apps', 'v1']; `v1` → ['', 'v1']. */
export function splitGroupVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** A kind known only from its objects or its CustomResourceDefinition. */
export function customKind(
  parts: Pick<ApiResource, 'group' | 'version' | 'kind' | 'plural' | 'namespaced'>,
): ApiResource {
  return {
    ...parts,
    singular: parts.kind.toLowerCase(),
    shortNames: [],
    verbs: ALL_VERBS,
    categories: [],
  };
}

/**
 * The standard kind that a file or directory name means: `pods`, `pvcs`, `network-policy`, `clusterRoleBindings`,
 * `pods.metrics.k8s.io`, `node-metrics`.
 */
export function standardKindOfName(name: string): StandardKind | undefined {
  const lower = name.toLowerCase();
  const qualifiedName = STANDARD_KINDS.find(kind => kind.group && lower === `${kind.plural}.${kind.group}`);
  if (qualifiedName) return qualifiedName;
  const plain = lower.replace(/[-_]/g, '');
  return (
    STANDARD_KINDS.find(kind => !kind.optional && namesOf(kind).includes(plain)) ??
    STANDARD_KINDS.find(kind => kind.optional && namesOf(kind).includes(plain))
  );
}

function namesOf(kind: StandardKind): string[] {
  // The plural `pods` of metrics.k8s.io is reached only by its qualified name.
  const plural = kind.group === 'metrics.k8s.io' ? [] : [kind.plural];
  return [...plural, kind.singular, ...kind.shortNames, ...kind.shortNames.map(short => `${short}s`)];
}

export function standardKind(group: string, kind: string): StandardKind | undefined {
  return STANDARD_KINDS.find(known => known.group === group && known.kind === kind);
}
