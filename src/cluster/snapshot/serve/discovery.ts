import { join } from 'node:path';
import { isRecord } from '../../../shared/json.ts';
import type { TransportResponse } from '../../transport.ts';
import type { Catalogue, Served } from '../catalogue.ts';
import { readData, resolveInside } from '../files/read.ts';
import { unknownPath } from '../status.ts';
import { jsonAnswer } from './answer.ts';
import { REVIEWS } from './reviews.ts';
import { compareVersions } from './version-order.ts';

/** `/version` from cluster-info/cluster_version.json; troubleshoot wraps it in `{info, string}`. */
export async function versionAnswer(root: string): Promise<TransportResponse> {
  const path = join(root, 'cluster-info', 'cluster_version.json');
  const data = (await resolveInside(root, path)) ? await readData(root, path) : undefined;
  const info = isRecord(data) && isRecord(data['info']) ? data['info'] : data;
  return jsonAnswer(
    isRecord(info) ? info : { major: '', minor: '', gitVersion: 'unknown', platform: 'unknown' },
  );
}

/** Discovery of the groups under `/api` or `/apis`, aggregated where the client asked for it. */
export async function groupsAnswer(
  catalogue: Catalogue,
  core: boolean,
  accept: string | undefined,
): Promise<TransportResponse> {
  const groups = grouped(await catalogue.all(), core);
  const asked = /g=apidiscovery\.k8s\.io;v=(v2beta1|v2);as=APIGroupDiscoveryList/.exec(accept ?? '');
  if (asked) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${asked[1]};as=APIGroupDiscoveryList`;
    const answer = jsonAnswer({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${asked[1]}`,
      metadata: {},
      items: [...groups].map(([group, versions]) => ({
        metadata: { name: group || undefined, creationTimestamp: null },
        versions: [...versions].map(([version, resources]) => ({
          version,
          freshness: 'Current',
          resources: resources.map(served => aggregatedEntry(served, group, version)),
        })),
      })),
    });
    return { ...answer, headers: { 'content-type': type } };
  }
  if (core) return jsonAnswer({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  return jsonAnswer({
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [...groups].map(([group, versions]) => groupEntry(group, [...versions.keys()])),
  });
}

export async function groupAnswer(catalogue: Catalogue, group: string): Promise<TransportResponse> {
  const versions = grouped(await catalogue.all(), false).get(group);
  if (!versions) throw unknownPath();
  return jsonAnswer({ kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, [...versions.keys()]) });
}

export async function groupVersionAnswer(
  catalogue: Catalogue,
  group: string,
  version: string,
): Promise<TransportResponse> {
  const resources = grouped(await catalogue.all(), group === '')
    .get(group)
    ?.get(version);
  if (!resources) throw unknownPath();
  return jsonAnswer({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group ? `${group}/${version}` : version,
    resources: resources.flatMap(served => [
      {
        name: served.plural,
        singularName: served.singular,
        namespaced: served.namespaced,
        kind: served.kind,
        verbs: served.verbs,
        shortNames: served.shortNames.length > 0 ? served.shortNames : undefined,
        categories: served.categories.length > 0 ? served.categories : undefined,
      },
      ...subresourcesOf(served).map(sub => ({
        name: `${served.plural}/${sub.name}`,
        singularName: '',
        namespaced: served.namespaced,
        ...('group' in sub ? { group: sub.group, version: sub.version } : {}),
        kind: sub.kind,
        verbs: sub.verbs,
      })),
    ]),
  });
}

type Groups = Map<string, Map<string, Served[]>>;

function grouped(all: Served[], core: boolean): Groups {
  const groups: Groups = new Map();
  for (const served of [...all, ...REVIEWS]) {
    if ((served.group === '') !== core) continue;
    const versions = groups.get(served.group) ?? new Map<string, Served[]>();
    groups.set(served.group, versions);
    for (const version of served.versions) versions.set(version, [...(versions.get(version) ?? []), served]);
  }
  for (const [group, versions] of groups) {
    groups.set(group, new Map([...versions].sort(([a], [b]) => compareVersions(a, b))));
  }
  return groups;
}

function groupEntry(name: string, versions: string[]): Record<string, unknown> {
  const entries = versions.map(version => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

interface Subresource {
  name: string;
  kind: string;
  verbs: string[];
  group?: string;
  version?: string;
}

const SCALED = new Set([
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'replicationcontrollers.',
]);

export function isScalable(served: Served): boolean {
  return SCALED.has(`${served.plural}.${served.group}`);
}

function subresourcesOf(served: Served): Subresource[] {
  const out: Subresource[] = [];
  if (served.plural === 'pods' && served.group === '') {
    out.push({ name: 'eviction', kind: 'Eviction', verbs: ['create'], group: 'policy', version: 'v1' });
    out.push({ name: 'log', kind: 'Pod', verbs: ['get'] });
  }
  if (isScalable(served)) {
    const verbs = ['get', 'patch', 'update'];
    out.push({ name: 'scale', kind: 'Scale', verbs, group: 'autoscaling', version: 'v1' });
  }
  if (served.hasStatus) out.push({ name: 'status', kind: served.kind, verbs: ['get', 'patch', 'update'] });
  return out;
}

function aggregatedEntry(served: Served, group: string, version: string): Record<string, unknown> {
  return {
    resource: served.plural,
    responseKind: { group, version, kind: served.kind },
    scope: served.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: served.singular,
    verbs: served.verbs,
    shortNames: served.shortNames.length > 0 ? served.shortNames : undefined,
    categories: served.categories.length > 0 ? served.categories : undefined,
    subresources: subresourcesOf(served).map(sub => ({
      subresource: sub.name,
      responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
      verbs: sub.verbs,
    })),
  };
}
