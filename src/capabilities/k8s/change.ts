import { ApiError } from '../../cluster/errors.ts';
import type { Patch } from '../../cluster/port.ts';
import type { KubeObject } from '../../cluster/types.ts';
import type { CapabilityContext } from '../define.ts';
import type { ChangeResult } from './schemas.ts';
import { getObject } from './target.ts';

/** The object now, or undefined when there is none yet. */
export async function existing(
  context: CapabilityContext,
  ref: { kind: string; name: string; namespace?: string },
): Promise<KubeObject | undefined> {
  try {
    return await context.cluster.get(ref, context.signal);
  } catch (error) {
    if (error instanceof ApiError && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** The short answer of a write, from the object before and after it. */
export function changeOf(before: KubeObject | undefined, after: KubeObject): ChangeResult {
  return {
    kind: before?.kind ?? after.kind,
    name: after.metadata.name,
    namespace: after.metadata.namespace,
    changed: before?.metadata.resourceVersion !== after.metadata.resourceVersion || before === undefined,
    generation: after.metadata.generation,
  };
}

/** Patches one object, with errors that name what does exist. */
export async function patchObject(
  context: CapabilityContext,
  ref: { kind: string; name: string; namespace?: string },
  patch: Patch,
  options: { before?: KubeObject; subresource?: string } = {},
): Promise<ChangeResult> {
  const before = options.before ?? (await getObject(context, ref));
  const target = {
    kind: ref.kind,
    name: ref.name,
    namespace: before.metadata.namespace,
    subresource: options.subresource,
  };
  const after = await context.cluster.patch(target, patch, {}, context.signal);
  return changeOf(before, after);
}
