import { isDeepStrictEqual } from 'node:util';
import type { TransportRequest } from '../cluster/transport.ts';
import { isRecord } from '../shared/json.ts';
import type { Classified } from './effects.ts';

/** An object as the server holds it; what a change is pinned to. */
export type LiveObject = Record<string, unknown>;

/**
 * The request with the object's identity in it, so that the server refuses it once the object is not the one
 * that a person saw: resourceVersion in the body of patches and updates, a test operation in JSON patches,
 * preconditions in deletions and evictions. What creates something has nothing to be pinned to.
 */
export function pinned(
  request: TransportRequest,
  what: Classified,
  live: LiveObject | undefined,
): TransportRequest {
  const metadata = live && isRecord(live.metadata) ? live.metadata : undefined;
  const resourceVersion = metadata?.resourceVersion;
  if (typeof resourceVersion !== 'string') return request;
  const preconditions = { uid: metadata?.uid, resourceVersion };
  if (request.method === 'DELETE') {
    const options = isRecord(request.body) ? request.body : { apiVersion: 'v1', kind: 'DeleteOptions' };
    return { ...request, body: { ...options, preconditions } };
  }
  if (what.verb === 'evict' && isRecord(request.body)) {
    const options = isRecord(request.body.deleteOptions) ? request.body.deleteOptions : {};
    return { ...request, body: { ...request.body, deleteOptions: { ...options, preconditions } } };
  }
  if (request.method === 'PATCH' && Array.isArray(request.body)) {
    const test = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
    return { ...request, body: [test, ...request.body] };
  }
  if ((request.method === 'PATCH' || request.method === 'PUT') && isRecord(request.body)) {
    const own = isRecord(request.body.metadata) ? request.body.metadata : {};
    // A version that the script itself insists on is a stronger wish than ours.
    if (own.resourceVersion !== undefined && request.method === 'PUT') return request;
    return { ...request, body: { ...request.body, metadata: { ...own, resourceVersion } } };
  }
  return request;
}

/** True when two readings of an object differ in nothing but status, heartbeats and bookkeeping. */
export function sameIntent(before: LiveObject, now: LiveObject): boolean {
  return isDeepStrictEqual(withoutNoise(before), withoutNoise(now));
}

function withoutNoise(object: LiveObject): unknown {
  const { status: _status, metadata, ...rest } = object;
  if (!isRecord(metadata)) return rest;
  const { resourceVersion: _version, managedFields: _managed, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
