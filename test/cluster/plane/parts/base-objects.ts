import { READER_NAMESPACE } from './users.ts';

/** Objects that every plane has: the reader's namespace and rights. */
export function baseObjects(): object[] {
  const metadata = { name: 'reader', namespace: READER_NAMESPACE };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: READER_NAMESPACE } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        {
          apiGroups: ['', 'apps', 'batch'],
          resources: [
            'pods',
            'pods/log',
            'services',
            'events',
            'configmaps',
            'deployments',
            'replicasets',
            'jobs',
          ],
          verbs: ['get', 'list', 'watch'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      subjects: [{ kind: 'User', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' }],
      roleRef: { kind: 'Role', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' },
    },
  ];
}
