import type { KubeObject } from '../../types.ts';
import { invalid } from '../status.ts';
import type { WriteContext } from './context.ts';
import { createObject } from './create.ts';
import { strategicMerge } from './strategic-merge.ts';
import { updateObject } from './update.ts';

/**
 * Server-side apply, in the part that matters without controllers: creates what is absent, else merges the given
 * fields with the list keys of the built-in kinds. Field ownership is not tracked: nothing conflicts with another
 * manager, and a field that this manager stops sending stays as it is.
 */
export function applyObject(
  context: WriteContext,
  current: KubeObject | undefined,
  wanted: KubeObject,
  options: { fieldManager: string; subresource?: string },
): { object: KubeObject; created: boolean } {
  if (!options.fieldManager) {
    throw invalid({ group: 'meta.k8s.io', plural: 'patchoptions', kind: 'PatchOptions' }, '', [
      {
        reason: 'FieldValueRequired',
        field: 'fieldManager',
        message: 'Required value: is required for apply patch',
      },
    ]);
  }
  if (!current) return { object: createObject(context, wanted), created: true };
  const merged = strategicMerge(structuredClone(current), wanted) as KubeObject;
  return { object: updateObject(context, current, merged, options.subresource), created: false };
}
