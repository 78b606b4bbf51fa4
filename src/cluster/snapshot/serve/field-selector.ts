import type { ApiResource, KubeObject } from '../../types.ts';
import { badRequest } from '../status.ts';
import type { Matcher } from './label-selector.ts';

/** Selectable fields besides metadata.name and metadata.namespace, as the API server knows them. */
const FIELDS: Record<string, string[]> = {
  'pods.': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  'events.': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.events.k8s.io': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'reason',
    'reportingController',
    'type',
  ],
  'nodes.': ['spec.unschedulable'],
  'namespaces.': ['status.phase'],
  'secrets.': ['type'],
  'replicationcontrollers.': ['status.replicas'],
  'replicasets.apps': ['status.replicas'],
  'jobs.batch': ['status.successful'],
  'services.': ['spec.clusterIP', 'spec.type'],
  'certificatesigningrequests.certificates.k8s.io': ['spec.signerName'],
};

/** Fields whose absence means false, not ''. */
const BOOLEANS = new Set(['spec.unschedulable', 'spec.hostNetwork']);

/** Compiles a field selector (`status.phase!=Running,spec.nodeName=node-1`) for one resource. */
export function fieldMatcher(
  selector: string,
  resource: Pick<ApiResource, 'group' | 'version' | 'plural'>,
  labelSelector = '',
): Matcher {
  const supported = FIELDS[`${resource.plural}.${resource.group}`] ?? [];
  const terms = selector
    .split(/(?<!\\),/)
    .map(term => term.trim())
    .filter(Boolean)
    .map(term => {
      const parsed = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(term);
      if (!parsed) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
      const [, field = '', operator, raw = ''] = parsed;
      if (!['metadata.name', 'metadata.namespace', ...supported].includes(field)) {
        const where = `${resource.group}/${resource.version}, Resource=${resource.plural}`;
        throw badRequest(
          `Unable to find "${where}" that match label selector "${labelSelector}", field selector "${selector}": field label not supported: ${field}`,
        );
      }
      return { field, equal: operator !== '!=', value: raw.replace(/\\([,=\\])/g, '$1') };
    });
  return object => terms.every(({ field, equal, value }) => (fieldOf(object, field) === value) === equal);
}

function fieldOf(object: KubeObject, field: string): string {
  if (field === 'source') return object['source']?.component || object['reportingComponent'] || '';
  if (field === 'status.podIPs') return object['status']?.podIPs?.[0]?.ip ?? '';
  if (field === 'status.successful') return String(object['status']?.succeeded ?? 0);
  let value: unknown = object;
  for (const key of field.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  if (value === undefined || value === null) return BOOLEANS.has(field) ? 'false' : '';
  return String(value);
}
