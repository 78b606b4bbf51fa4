import type { KubeObject } from '../../../cluster/types.ts';
import { isRecord } from '../../../shared/json.ts';
import type { PlannedRequest } from '../../define.ts';
import { packRelease, unpackRelease } from '../release.ts';
import { revisionOf } from '../storage.ts';

/**
 * The requests that record a rollback as Helm does (pkg/action/rollback.go): a new revision that repeats the old
 * one, described as "Rollback to N", and every revision that was deployed until now superseded.
 */
export function recordRequests(
  stored: readonly KubeObject[],
  target: KubeObject,
  now: number,
): { revision: number; requests: PlannedRequest[] } {
  const newest = stored.at(-1)!;
  const revision = revisionOf(newest) + 1;
  const name = target.metadata.labels?.['name'] ?? '';
  const raw = unpackRelease(target);
  const first = info(unpackRelease(newest))['first_deployed'];
  const release = {
    ...raw,
    version: revision,
    info: {
      ...info(raw),
      first_deployed: first,
      last_deployed: new Date(now).toISOString(),
      deleted: '',
      status: 'deployed',
      description: `Rollback to ${revisionOf(target)}`,
    },
  };
  const { kind, apiVersion } = target;
  const namespace = target.metadata.namespace ?? '';
  const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind === 'Secret' ? 'secrets' : 'configmaps'}`;
  const seconds = String(Math.floor(now / 1000));
  const labels = { ...target.metadata.labels, status: 'deployed', version: String(revision) };
  const created: PlannedRequest = {
    method: 'POST',
    path: collection,
    query: { fieldManager: 'helm' },
    body: {
      apiVersion,
      kind,
      metadata: {
        name: `sh.helm.release.v1.${name}.v${revision}`,
        namespace,
        labels: { ...labels, modifiedAt: seconds },
      },
      ...(kind === 'Secret' && { type: 'helm.sh/release.v1' }),
      data: { release: packRelease(kind, release) },
    },
  };
  const superseded = stored
    .filter(item => item.metadata.labels?.['status'] === 'deployed')
    .map((item): PlannedRequest => {
      const old = unpackRelease(item);
      const data = packRelease(item.kind, { ...old, info: { ...info(old), status: 'superseded' } });
      return {
        method: 'PATCH',
        path: `${collection}/${encodeURIComponent(item.metadata.name)}`,
        query: { fieldManager: 'helm' },
        contentType: 'application/merge-patch+json',
        body: {
          metadata: { labels: { status: 'superseded', modifiedAt: seconds } },
          data: { release: data },
        },
      };
    });
  return { revision, requests: [created, ...superseded] };
}

function info(release: Record<string, unknown>): Record<string, unknown> {
  return isRecord(release['info']) ? release['info'] : {};
}
