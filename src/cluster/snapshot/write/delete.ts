import { isRecord } from '../../../shared/json.ts';
import type { KubeObject } from '../../types.ts';
import { conflict } from '../status.ts';
import { timestamp, type WriteContext } from './context.ts';

/**
 * Deletes an object. One with finalizers (and every namespace) is only marked, as on a cluster: the controllers
 * that would finish the deletion do not run here, and neither does the garbage collector of owned objects.
 */
export function deleteObject(context: WriteContext, current: KubeObject, options: unknown): KubeObject {
  checkPreconditions(context, current, options);
  const { store, collection } = context;
  const held = (current.metadata.finalizers?.length ?? 0) > 0 || collection.served.kind === 'Namespace';
  if (!held) return context.dryRun ? current : store.commit(collection, current, undefined);
  if (current.metadata.deletionTimestamp) return current;
  const marked: KubeObject = {
    ...current,
    metadata: { ...current.metadata, deletionTimestamp: timestamp(context.now()) },
  };
  if (marked.kind === 'Namespace') marked['status'] = { ...current['status'], phase: 'Terminating' };
  return context.dryRun ? marked : store.commit(collection, current, marked);
}

/** What a DELETE answers: the object where it is still there or is a pod, else a Status. */
export function deletionAnswer(context: WriteContext, before: KubeObject, after: KubeObject): unknown {
  const { served } = context.collection;
  if (after.metadata.deletionTimestamp || served.kind === 'Pod') return after;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: before.metadata.name,
      group: served.group || undefined,
      kind: served.plural,
      uid: before.metadata.uid,
    },
  };
}

function checkPreconditions(context: WriteContext, current: KubeObject, options: unknown): void {
  const wanted = isRecord(options) && isRecord(options['preconditions']) ? options['preconditions'] : {};
  const { name, uid, resourceVersion } = current.metadata;
  for (const [key, label, actual] of [
    ['uid', 'UID', uid],
    ['resourceVersion', 'ResourceVersion', resourceVersion],
  ] as const) {
    if (wanted[key] === undefined || wanted[key] === actual) continue;
    throw conflict(
      context.collection.served,
      name,
      `Precondition failed: ${label} in precondition: ${wanted[key]}, ${label} in object meta: ${actual}`,
    );
  }
}
