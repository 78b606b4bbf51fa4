import type { ServerResponse } from 'node:http';
import { failure, type Handler, json, type SeenRequest } from './server.ts';

export interface FakeResource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  shortNames?: string[];
}

export const RESOURCES: FakeResource[] = [
  { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, shortNames: ['po'] },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true, shortNames: ['ev'] },
  { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false, shortNames: ['no'] },
  {
    group: '',
    version: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    namespaced: false,
    shortNames: ['ns'],
  },
  {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    plural: 'deployments',
    namespaced: true,
    shortNames: ['deploy'],
  },
  {
    group: 'events.k8s.io',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    namespaced: true,
    shortNames: ['ev'],
  },
  { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics', plural: 'pods', namespaced: true },
  {
    group: 'example.com',
    version: 'v2',
    kind: 'Widget',
    plural: 'widgets',
    namespaced: true,
    shortNames: ['wi'],
  },
  {
    group: 'example.com',
    version: 'v1',
    kind: 'Widget',
    plural: 'widgets',
    namespaced: true,
    shortNames: ['wi'],
  },
];

export type FakeObject = {
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
};

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Enough of an API server to read from: discovery both ways, lists with paging and name selection, single objects. */
export class FakeApi {
  /** By plural.group, in the server's order. */
  readonly objects = new Map<string, FakeObject[]>();
  aggregated = true;
  /** `group/version`s whose discovery and lists answer 503. */
  broken = new Set<string>();
  /** Looked at first; true when it has answered. */
  intercept: (request: SeenRequest, response: ServerResponse) => boolean = () => false;

  add(key: string, ...objects: FakeObject[]): void {
    this.objects.set(key, [...(this.objects.get(key) ?? []), ...objects]);
  }

  readonly handler: Handler = (request, response) => {
    if (this.intercept(request, response)) return;
    const { pathname } = request.url;
    if (pathname === '/api' || pathname === '/apis') return this.#discovery(pathname, request, response);
    if (pathname === '/version') return json(response, { major: '1', minor: '36', gitVersion: 'v1.36.2' });
    const match =
      /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?(?:\/(?<plural>[^/]+))?(?:\/(?<name>[^/]+))?$/.exec(
        pathname,
      )?.groups;
    if (!match) return failure(response, 404, 'NotFound', 'the server could not find the requested resource');
    const group = match['core'] ? '' : match['group']!;
    const groupVersion = match['core'] ?? `${group}/${match['version']}`;
    if (this.broken.has(groupVersion))
      return failure(response, 503, 'ServiceUnavailable', 'the server is currently unable');
    if (!match['plural']) return this.#resourceList(groupVersion, response);
    const found = this.objects.get(`${match['plural']}.${group}`) ?? [];
    const here = found.filter(
      object => !match['namespace'] || object.metadata.namespace === match['namespace'],
    );
    if (match['name']) return this.#one(here, match['plural']!, match['name'], response);
    this.#list(here, match['plural']!, group, request, response);
  };

  #one(objects: FakeObject[], plural: string, name: string, response: ServerResponse): void {
    const found = objects.find(object => object.metadata.name === name);
    if (found) json(response, found);
    else
      failure(response, 404, 'NotFound', `${plural} "${name}" not found`, {
        details: { name, kind: plural },
      });
  }

  #list(
    objects: FakeObject[],
    plural: string,
    group: string,
    request: SeenRequest,
    response: ServerResponse,
  ): void {
    const { searchParams } = request.url;
    const name = /metadata\.name=([^,]+)/.exec(searchParams.get('fieldSelector') ?? '')?.[1];
    const selected = name ? objects.filter(object => object.metadata.name === name) : objects;
    const from = Number(searchParams.get('continue') ?? 0);
    const to = from + Number(searchParams.get('limit') ?? selected.length);
    const kind = RESOURCES.find(resource => resource.plural === plural && resource.group === group)?.kind;
    json(response, {
      kind: `${kind}List`,
      apiVersion: 'v1',
      metadata: { resourceVersion: '100', continue: to < selected.length ? String(to) : undefined },
      items: selected.slice(from, to),
    });
  }

  #discovery(pathname: string, request: SeenRequest, response: ServerResponse): void {
    const served = RESOURCES.filter(resource => (resource.group === '') === (pathname === '/api'));
    const groups = [...new Set(served.map(resource => resource.group))];
    if (this.aggregated && request.headers.accept?.includes('apidiscovery.k8s.io')) {
      const items = groups.map(group => ({
        metadata: { name: group || undefined },
        versions: versionsOf(group).map(version => ({
          version,
          freshness: this.broken.has(`${group}/${version}`) ? 'Stale' : 'Current',
          resources: this.broken.has(`${group}/${version}`)
            ? []
            : served.filter(is(group, version)).map(aggregatedResource),
        })),
      }));
      json(response, {
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
        metadata: {},
        items,
      });
    } else if (pathname === '/api') {
      json(response, { kind: 'APIVersions', versions: ['v1'] });
    } else {
      json(response, {
        kind: 'APIGroupList',
        groups: groups.map(name => ({
          name,
          versions: versionsOf(name).map(version => ({ groupVersion: `${name}/${version}`, version })),
          preferredVersion: { groupVersion: `${name}/${versionsOf(name)[0]}`, version: versionsOf(name)[0] },
        })),
      });
    }
  }

  #resourceList(groupVersion: string, response: ServerResponse): void {
    const [version, group = ''] = groupVersion.split('/').reverse() as [string, string?];
    const resources = RESOURCES.filter(is(group, version)).flatMap(
      ({ plural, kind, namespaced, shortNames }) => [
        { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: VERBS, shortNames },
        { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get'] },
      ],
    );
    json(response, { kind: 'APIResourceList', groupVersion, resources });
  }
}

function versionsOf(group: string): string[] {
  return RESOURCES.filter(resource => resource.group === group)
    .map(resource => resource.version)
    .filter((version, index, all) => all.indexOf(version) === index);
}

function is(group: string, version: string): (resource: FakeResource) => boolean {
  return resource => resource.group === group && resource.version === version;
}

function aggregatedResource({ group, version, kind, plural, namespaced, shortNames }: FakeResource): object {
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.toLowerCase(),
    verbs: VERBS,
    shortNames,
  };
}

export function pod(namespace: string, name: string, more: Record<string, unknown> = {}): FakeObject {
  return { metadata: { name, namespace, resourceVersion: '7' }, ...more };
}
