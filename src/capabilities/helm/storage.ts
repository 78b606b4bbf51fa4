import { isForbidden } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';
import type { CapabilityContext } from '../define.ts';
import { decodeRelease, type Release } from './release.ts';

/** Helm's storage drivers that live in the cluster; the first is its default. */
const DRIVERS = ['Secret', 'ConfigMap'] as const;

/** The stored revisions of one release (or of all), oldest first, not yet unpacked. */
export async function storedRevisions(
  context: CapabilityContext,
  query: { namespace: string; release?: string },
): Promise<KubeObject[]> {
  const labelSelector = query.release === undefined ? 'owner=helm' : `owner=helm,name=${query.release}`;
  const found = await Promise.allSettled(
    DRIVERS.map(kind =>
      context.cluster.listAll({ kind, namespace: query.namespace, labelSelector }, context.signal),
    ),
  );
  const failures = found
    .filter(answer => answer.status === 'rejected')
    .map(answer => answer.reason as unknown);
  const fatal = failures.find(error => !isForbidden(error));
  if (fatal !== undefined || failures.length === DRIVERS.length) throw fatal ?? failures[0];
  return found
    .flatMap(answer => (answer.status === 'fulfilled' ? answer.value.items : []))
    .sort((a, b) => revisionOf(a) - revisionOf(b));
}

export function revisionOf(stored: KubeObject): number {
  return Number(stored.metadata.labels?.['version'] ?? 0);
}

/** One revision of a release, the newest unless asked otherwise. Rejects with the releases there are. */
export async function findRelease(
  context: CapabilityContext,
  query: { release: string; namespace?: string; revision?: number },
): Promise<Release> {
  const namespace = query.namespace ?? context.namespace;
  const stored = await storedRevisions(context, { namespace, release: query.release });
  if (stored.length === 0) throw await noSuchRelease(context, query.release, namespace);
  const { revision } = query;
  const wanted = revision === undefined ? stored.at(-1) : stored.find(item => revisionOf(item) === revision);
  if (wanted) return decodeRelease(wanted);
  throw new KvError('failed', `Release ${namespace}/${query.release} has no revision ${revision}.`, {
    hint: `Helm keeps ${stored.map(revisionOf).join(', ')}.`,
  });
}

async function noSuchRelease(
  context: CapabilityContext,
  release: string,
  namespace: string,
): Promise<KvError> {
  const all = await storedRevisions(context, { namespace: '*' }).catch(() =>
    storedRevisions(context, { namespace }),
  );
  const names = [...new Set(all.map(item => `${item.metadata.namespace}/${item.metadata.labels?.['name']}`))];
  const elsewhere = names.filter(name => name.endsWith(`/${release}`));
  const near = elsewhere.length > 0 ? elsewhere : nearest(`${namespace}/${release}`, names, 3);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : names.length > 0
        ? `The releases are ${names.slice(0, 10).join(', ')}.`
        : 'No Helm release is stored in this cluster.';
  return new KvError('failed', `There is no Helm release ${release} in namespace ${namespace}.`, { hint });
}
