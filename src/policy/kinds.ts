/** Kinds whose plural does not give them away. */
const KNOWN: Record<string, string> = {
  configmaps: 'ConfigMap',
  controllerrevisions: 'ControllerRevision',
  cronjobs: 'CronJob',
  customresourcedefinitions: 'CustomResourceDefinition',
  daemonsets: 'DaemonSet',
  clusterrolebindings: 'ClusterRoleBinding',
  clusterroles: 'ClusterRole',
  endpoints: 'Endpoints',
  endpointslices: 'EndpointSlice',
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
  ingressclasses: 'IngressClass',
  limitranges: 'LimitRange',
  networkpolicies: 'NetworkPolicy',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  persistentvolumes: 'PersistentVolume',
  poddisruptionbudgets: 'PodDisruptionBudget',
  podtemplates: 'PodTemplate',
  priorityclasses: 'PriorityClass',
  replicasets: 'ReplicaSet',
  replicationcontrollers: 'ReplicationController',
  resourcequotas: 'ResourceQuota',
  rolebindings: 'RoleBinding',
  serviceaccounts: 'ServiceAccount',
  statefulsets: 'StatefulSet',
  storageclasses: 'StorageClass',
};

/** The kind behind a plural as a person would read it. Never taken from a request's body, which could claim anything. */
export function kindOfPlural(plural: string): string {
  const known = KNOWN[plural];
  if (known) return known;
  const singular = plural.endsWith('ies')
    ? `${plural.slice(0, -3)}y`
    : /(ss|sh|ch|x)es$/.test(plural)
      ? plural.slice(0, -2)
      : plural.replace(/s$/, '');
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}
