import type { KubeObject } from '../../types.ts';
import { alreadyExists, badRequest, invalid } from '../status.ts';
import { timestamp, type WriteContext } from './context.ts';
import { validate, validateName } from './validate.ts';

/** The alphabet of the API server's name generator: no vowels, nothing that looks like another letter. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const LONGEST_BASE = 58;

/** Creates an object that does not exist yet; returns it as stored (or as it would be, in a dry run). */
export function createObject(context: WriteContext, object: KubeObject): KubeObject {
  const { store, collection } = context;
  const { served } = collection;
  const name = nameFor(context, object);
  validateName(served, name);
  const { namespace, resourceVersion } = object.metadata;
  if (resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  if (collection.get(namespace, name)) throw alreadyExists(served, name);
  const created: KubeObject = {
    ...object,
    metadata: {
      ...object.metadata,
      name,
      uid: context.newUid(),
      creationTimestamp: timestamp(context.now()),
      ...(served.hasStatus ? { generation: 1 } : {}),
    },
    ...initialStatus(served.kind, object),
  };
  validate(served, undefined, created);
  return context.dryRun ? created : store.commit(collection, undefined, created);
}

function nameFor(context: WriteContext, object: KubeObject): string {
  const { name, generateName } = object.metadata as { name?: unknown; generateName?: unknown };
  if (typeof name === 'string' && name) return name;
  if (typeof generateName === 'string' && generateName) {
    const letters = Array.from({ length: 5 }, () => LETTERS[Math.floor(context.random() * LETTERS.length)]);
    return generateName.slice(0, LONGEST_BASE) + letters.join('');
  }
  throw invalid(context.collection.served, '', [
    {
      reason: 'FieldValueRequired',
      field: 'metadata.name',
      message: 'Required value: name or generateName is required',
    },
  ]);
}

/** What the API server itself puts into the status of a new object; controllers do not run here. */
function initialStatus(kind: string, object: KubeObject): Record<string, unknown> {
  if (kind === 'Pod') return { status: { phase: 'Pending', ...object['status'] } };
  if (kind === 'Namespace')
    return { spec: { finalizers: ['kubernetes'], ...object['spec'] }, status: { phase: 'Active' } };
  return {};
}
