import { isAbort } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { ApiError, ClusterUnreachableError } from '../errors.ts';
import { readText, type Transport } from '../transport.ts';
import type { ApiResource } from '../types.ts';

/** What a cluster serves. */
export interface Catalogue {
  /** Every version of every resource, preferred version of a group first. */
  all: ApiResource[];
  /** One version of each resource: the group's preferred one that has it. */
  preferred: ApiResource[];
  /** `group/version`s that are registered but do not answer (a broken APIService). */
  unavailable: string[];
}

const AGGREGATED = ['v2', 'v2beta1']
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/**
 * Asks `/api` and `/apis` for aggregated discovery (two requests, Kubernetes 1.27 and later) and falls back to one
 * request a group version where the server answers the old way. A group that does not answer is left out and named.
 */
export async function discover(
  transport: Pick<Transport, 'request' | 'info'>,
  signal: AbortSignal,
): Promise<Catalogue> {
  const roots = await Promise.all(
    ['/api', '/apis'].map(path => fetchJson(transport, path, signal, AGGREGATED)),
  );
  const unavailable: string[] = [];
  const found = await Promise.all(
    roots.map(root =>
      root['kind'] === 'APIGroupDiscoveryList'
        ? fromAggregated(root, unavailable)
        : fromGroupVersions(root, transport, signal, unavailable),
    ),
  );
  const all = found.flat();
  const seen = new Set<string>();
  const preferred = all.filter(resource => {
    const key = `${resource.plural}.${resource.group}`;
    return seen.has(key) ? false : Boolean(seen.add(key));
  });
  return { all, preferred, unavailable };
}

async function fetchJson(
  transport: Pick<Transport, 'request' | 'info'>,
  path: string,
  signal: AbortSignal,
  accept?: string,
): Promise<Record<string, unknown>> {
  const text = await readText(await transport.request({ method: 'GET', path, accept, signal }));
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed) && 'kind' in parsed) return parsed;
  } catch {
    // falls through to the sentence below
  }
  const { context, server } = transport.info;
  throw new ClusterUnreachableError(
    `The server does not answer like a Kubernetes API (context ${context}, server ${server}, path ${path}).`,
    {
      hint: 'Check the server address; a login page or another service may answer there.',
      facts: { context, server },
    },
  );
}

function fromAggregated(root: Record<string, unknown>, unavailable: string[]): ApiResource[] {
  const out: ApiResource[] = [];
  for (const group of records(root['items'])) {
    const name = isRecord(group['metadata']) ? text(group['metadata']['name']) : '';
    for (const version of records(group['versions'])) {
      const resources = records(version['resources']);
      const versionName = text(version['version']);
      if (version['freshness'] === 'Stale' && resources.length === 0)
        unavailable.push(`${name}/${versionName}`);
      for (const resource of resources) {
        const kind = isRecord(resource['responseKind']) ? text(resource['responseKind']['kind']) : '';
        if (!kind) continue;
        out.push({
          group: name,
          version: versionName,
          kind,
          plural: text(resource['resource']),
          singular: text(resource['singularResource']) || kind.toLowerCase(),
          shortNames: strings(resource['shortNames']),
          namespaced: resource['scope'] === 'Namespaced',
          verbs: strings(resource['verbs']),
          categories: strings(resource['categories']),
        });
      }
    }
  }
  return out;
}

async function fromGroupVersions(
  root: Record<string, unknown>,
  transport: Pick<Transport, 'request' | 'info'>,
  signal: AbortSignal,
  unavailable: string[],
): Promise<ApiResource[]> {
  const paths = groupVersionPaths(root);
  const lists = await Promise.all(
    paths.map(async ({ path, groupVersion }) => {
      try {
        const list = await fetchJson(transport, path, signal);
        return fromResourceList(list, groupVersion);
      } catch (error) {
        if (isAbort(error, signal)) throw error;
        if (error instanceof ApiError || error instanceof ClusterUnreachableError) {
          unavailable.push(groupVersion);
          return [];
        }
        throw error;
      }
    }),
  );
  return lists.flat();
}

function groupVersionPaths(root: Record<string, unknown>): Array<{ path: string; groupVersion: string }> {
  if (root['kind'] === 'APIVersions') {
    return strings(root['versions']).map(version => ({ path: `/api/${version}`, groupVersion: version }));
  }
  return records(root['groups']).flatMap(group => {
    const preferred = isRecord(group['preferredVersion'])
      ? text(group['preferredVersion']['groupVersion'])
      : '';
    const versions = records(group['versions']).map(version => text(version['groupVersion']));
    const ordered = [...new Set([preferred, ...versions])].filter(Boolean);
    return ordered.map(groupVersion => ({ path: `/apis/${groupVersion}`, groupVersion }));
  });
}

function fromResourceList(list: Record<string, unknown>, groupVersion: string): ApiResource[] {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  return records(list['resources'])
    .filter(resource => !text(resource['name']).includes('/'))
    .map(resource => ({
      group: group!,
      version: version!,
      kind: text(resource['kind']),
      plural: text(resource['name']),
      singular: text(resource['singularName']) || text(resource['kind']).toLowerCase(),
      shortNames: strings(resource['shortNames']),
      namespaced: resource['namespaced'] === true,
      verbs: strings(resource['verbs']),
      categories: strings(resource['categories']),
    }));
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
