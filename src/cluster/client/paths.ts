import { KvError } from '../../shared/errors.ts';
import type { ApiResource } from '../types.ts';

/** Where in the REST API an object or collection lives. */
export interface Location {
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** `/apis/apps/v1/namespaces/shop/deployments/web/scale`: every part encoded, namespaces left out for cluster-scoped kinds. Throws for what is no name. */
export function pathOf(resource: ApiResource, location: Location = {}): string {
  const parts = resource.group ? ['apis', resource.group, resource.version] : ['api', resource.version];
  if (resource.namespaced && location.namespace) parts.push('namespaces', location.namespace);
  parts.push(resource.plural);
  if (location.name !== undefined) parts.push(location.name);
  if (location.subresource) parts.push(...location.subresource.split('/'));
  for (const part of parts) refuseSteps(part);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** No name in Kubernetes is like this, and servers and proxies on the way would not agree what is meant. */
function refuseSteps(part: string): void {
  if (part !== '' && part !== '.' && part !== '..' && !/[/\\%\p{Cc}]/u.test(part)) return;
  throw new KvError('failed', `${JSON.stringify(part)} cannot be a name or namespace in Kubernetes.`, {
    hint: 'Give the name alone, without a path.',
  });
}
