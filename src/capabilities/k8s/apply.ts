import { z } from 'zod';
import { ApiError } from '../../cluster/errors.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { changeOf, existing } from './change.ts';
import { changeResult, namespaceParam } from './schemas.ts';

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

export const apply = defineCapability({
  name: 'k8s.apply',
  effect: 'write',
  summary: 'Create or update objects by server-side apply',
  details:
    'Send only the fields you mean to own. A field that another manager owns is a conflict; force: true takes it over',
  params: z.object({
    object: z.union([manifest, z.array(manifest).min(1).max(100)]).describe('one manifest or several'),
    namespace: namespaceParam.describe('for manifests that name none'),
    force: z.boolean().default(false),
  }),
  result: z.object({ items: z.array(changeResult) }),
  examples: [
    {
      title: 'create a config map',
      code: "return await k8s.apply({ object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'session-settings', namespace: 'sessions' }, data: { TTL: '3600' } } })",
    },
  ],
  run: async (context, params) => {
    const manifests = (Array.isArray(params.object) ? params.object : [params.object]) as KubeObject[];
    // Started together, so that all of them appear on one approval card.
    const results = await Promise.allSettled(
      manifests.map(object => applyOne(context, object, params.namespace, params.force)),
    );
    const failed = results.find(result => result.status === 'rejected');
    if (failed) throw withDone(failed.reason, results, manifests);
    return {
      items: results.map(result => (result as PromiseFulfilledResult<z.output<typeof changeResult>>).value),
    };
  },
});

async function applyOne(
  context: CapabilityContext,
  manifestObject: KubeObject,
  namespace: string | undefined,
  force: boolean,
) {
  const resource = await context.cluster.resolve(
    `${manifestObject.apiVersion} ${manifestObject.kind}`,
    context.signal,
  );
  const target = resource.namespaced
    ? (manifestObject.metadata.namespace ?? namespace ?? context.namespace)
    : undefined;
  const { resourceVersion: _, managedFields: __, ...metadata } = manifestObject.metadata;
  const object = { ...manifestObject, metadata: { ...metadata, namespace: target } } as KubeObject;
  const ref = { kind: `${object.apiVersion} ${object.kind}`, name: object.metadata.name, namespace: target };
  const before = await existing(context, ref);
  try {
    return changeOf(before, await context.cluster.apply(object, { force }, context.signal));
  } catch (error) {
    throw conflictTaught(error);
  }
}

function conflictTaught(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.statusCode !== 409) return error;
  const causes = (error.status.details?.causes ?? []).filter(
    cause => cause.reason === 'FieldManagerConflict',
  );
  if (causes.length === 0) return error;
  const fields = causes.map(cause => `${cause.field} (${cause.message})`).join(', ');
  return new KvError('failed', `Other managers own what this would change: ${fields}.`, {
    hint: 'Leave those fields out, or pass force: true to take them over.',
    facts: { statusCode: 409, reason: 'Conflict', fields: causes.map(cause => cause.field) },
    cause: error,
  });
}

/** A failure among several manifests says which ones were applied all the same. */
function withDone(
  reason: unknown,
  results: PromiseSettledResult<unknown>[],
  manifests: KubeObject[],
): unknown {
  const done = manifests.filter((_, index) => results[index]!.status === 'fulfilled');
  if (done.length === 0 || !(reason instanceof KvError)) return reason;
  const names = done.map(object => `${object.kind}/${object.metadata.name}`).join(', ');
  return new KvError(reason.kind, reason.message, {
    hint: `${reason.hint ?? ''} Applied nevertheless: ${names}.`.trim(),
    facts: reason.facts,
    cause: reason,
  });
}
