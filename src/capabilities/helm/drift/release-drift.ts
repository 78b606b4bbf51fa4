import { ApiError, isForbidden } from '../../../cluster/errors.ts';
import type { KubeObject } from '../../../cluster/types.ts';
import { messageOf } from '../../../shared/errors.ts';
import { inParallel } from '../../../shared/in-parallel.ts';
import { oneLine } from '../../../shared/text.ts';
import type { CapabilityContext } from '../../define.ts';
import { manifestObjects, type Release } from '../release.ts';
import { type Difference, differences } from './compare.ts';

export interface ObjectDrift {
  kind: string;
  namespace?: string;
  name: string;
  path: string;
  change: 'changed' | 'removed' | 'added' | 'missing';
  rendered?: unknown;
  live?: unknown;
}

export interface ReleaseDrift {
  objects: number;
  drift: ObjectDrift[];
  /** Differences that something else than a hand explains. */
  explained: Array<ObjectDrift & { why: string }>;
  unreadable: Array<{ object: string; why: string }>;
}

/** Objects read from the cluster at a time. */
const AT_ONCE = 16;
const HIDDEN = '(a secret value; it differs)';

/** Compares every object of a release with what is live. */
export async function releaseDrift(context: CapabilityContext, release: Release): Promise<ReleaseDrift> {
  const objects = manifestObjects(release.manifest);
  const result: ReleaseDrift = { objects: objects.length, drift: [], explained: [], unreadable: [] };
  const scaled = await scaledTargets(context, release.namespace);
  let begun = 0;
  await inParallel(objects, AT_ONCE, async object => {
    begun += 1;
    context.progress(`object ${begun} of ${objects.length}`);
    await compareOne(context, release, object, scaled, result);
  });
  const order = (item: ObjectDrift) => `${item.kind}/${item.namespace ?? ''}/${item.name}${item.path}`;
  for (const list of [result.drift, result.explained]) list.sort((a, b) => order(a).localeCompare(order(b)));
  return result;
}

async function compareOne(
  context: CapabilityContext,
  release: Release,
  object: KubeObject,
  scaled: Map<string, string>,
  result: ReleaseDrift,
): Promise<void> {
  const { kind, apiVersion } = object;
  const { name } = object.metadata;
  const namespace = object.metadata.namespace ?? release.namespace;
  const what = { kind, namespace, name };
  try {
    const live = await context.cluster.get(
      { kind: `${apiVersion} ${kind}`, name, namespace },
      context.signal,
    );
    const place = live.metadata.namespace === undefined ? { kind, name } : what;
    for (const difference of differences(comparable(object), live)) {
      const found: ObjectDrift = { ...place, ...hidden(kind, difference) };
      const scaler = difference.path === '.spec.replicas' ? scaled.get(`${kind}/${name}`) : undefined;
      if (scaler === undefined) result.drift.push(found);
      else result.explained.push({ ...found, why: `${scaler} sets the replicas` });
    }
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (error instanceof ApiError && error.statusCode === 404 && error.reason === 'NotFound')
      result.drift.push({ ...what, path: '', change: 'missing' });
    else
      result.unreadable.push({
        object: `${kind} ${namespace}/${name}`,
        why: isForbidden(error) ? 'you may not read it' : oneLine(messageOf(error), 200),
      });
  }
}

/** What of a rendered object the cluster keeps: no status, no server-owned metadata, Secrets in base64. */
export function comparable(object: KubeObject): Record<string, unknown> {
  const { status: _status, metadata, apiVersion: _version, kind: _kind, stringData, ...rest } = object;
  const { labels, annotations } = metadata;
  const data = Object.entries((stringData ?? {}) as Record<string, unknown>).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  return {
    ...rest,
    metadata: { labels, annotations },
    ...(data.length > 0 && { data: { ...rest['data'], ...Object.fromEntries(data) } }),
  };
}

function hidden(kind: string, difference: Difference): Difference {
  if (kind !== 'Secret' || !/^\.data/.test(difference.path)) return difference;
  const { path, change } = difference;
  return {
    path,
    change,
    ...(change !== 'added' && { rendered: HIDDEN }),
    ...(change !== 'removed' && { live: HIDDEN }),
  };
}

/** Workloads whose replicas an autoscaler sets, as `Deployment/web` → `HorizontalPodAutoscaler web`. */
async function scaledTargets(context: CapabilityContext, namespace: string): Promise<Map<string, string>> {
  const query = {
    kind: 'HorizontalPodAutoscaler',
    namespace,
    fields: ['metadata.name', 'spec.scaleTargetRef'],
  };
  try {
    const { items } = await context.cluster.listAll(query, context.signal);
    return new Map(
      items.map(item => {
        const { kind, name } = item['spec']?.scaleTargetRef ?? {};
        return [`${kind}/${name}`, `HorizontalPodAutoscaler ${item.metadata.name}`];
      }),
    );
  } catch (error) {
    if (context.signal.aborted) throw error;
    return new Map();
  }
}
