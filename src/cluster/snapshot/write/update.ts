import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../../shared/json.ts';
import type { KubeObject } from '../../types.ts';
import { badRequest, conflict, invalid } from '../status.ts';
import type { WriteContext } from './context.ts';
import { validate } from './validate.ts';

/**
 * Puts `next` in the place of `current`, the way the API server does it for updates and patches alike: a
 * resourceVersion that is not the current one is a conflict, identity stays, status and the rest are written
 * through their own endpoints, generation counts changes of the spec, and what changes nothing is no write.
 */
export function updateObject(
  context: WriteContext,
  current: KubeObject,
  next: KubeObject,
  subresource?: string,
): KubeObject {
  const { store, collection } = context;
  const { served } = collection;
  const { name } = current.metadata;
  checkIdentity(context, current, next);
  const merged =
    served.hasStatus || subresource === 'status' ? endpointPart(current, next, subresource) : next;
  const { uid, namespace, creationTimestamp, generation, resourceVersion, deletionTimestamp } =
    current.metadata;
  const result: KubeObject = {
    ...merged,
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata: defined({
      ...merged.metadata,
      name,
      namespace,
      uid,
      creationTimestamp,
      generation,
      resourceVersion,
      deletionTimestamp,
    }),
  };
  if (isDeepStrictEqual(result, current)) return current;
  validate(served, current, result);
  if (generation !== undefined && !isDeepStrictEqual(desired(current), desired(result))) {
    result.metadata.generation = generation + 1;
  }
  if (context.dryRun) return result;
  // The last finalizer of a deleted object is what held it.
  if (deletionTimestamp && !result.metadata.finalizers?.length) {
    return store.commit(collection, result, undefined);
  }
  return store.commit(collection, current, result);
}

/** A PUT: custom resources must say which version they replace, built-in kinds may leave it out. */
export function replaceObject(
  context: WriteContext,
  current: KubeObject,
  next: KubeObject,
  subresource?: string,
): KubeObject {
  const { served } = context.collection;
  if (served.custom && !next.metadata.resourceVersion && current.metadata.resourceVersion) {
    throw invalid(served, current.metadata.name, [
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
  return updateObject(context, current, next, subresource);
}

function checkIdentity(context: WriteContext, current: KubeObject, next: KubeObject): void {
  const { served } = context.collection;
  const { name, uid, resourceVersion } = current.metadata;
  const metadata = isRecord(next.metadata) ? next.metadata : undefined;
  if (!metadata) throw badRequest('the object has no metadata');
  if (metadata.name && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (metadata.uid && uid && metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
    throw conflict(served, name, why);
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== resourceVersion) throw conflict(served, name);
}

/** Status writes change the status alone; other writes all but the status. */
function endpointPart(current: KubeObject, next: KubeObject, subresource: string | undefined): KubeObject {
  if (subresource === 'status') return withStatus({ ...current }, next['status']);
  return withStatus({ ...next }, current['status']);
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  if (status === undefined) delete object['status'];
  else object['status'] = status;
  return object;
}

function desired({ metadata, status, ...rest }: KubeObject): unknown {
  return rest;
}

function defined(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const kept = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as KubeObject['metadata'];
}
