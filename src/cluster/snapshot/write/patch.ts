import jsonPatch from 'fast-json-patch';
import { isRecord } from '../../../shared/json.ts';
import type { KubeObject } from '../../types.ts';
import type { Served } from '../catalogue.ts';
import { badRequest, failure, unsupportedMediaType } from '../status.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic-merge.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY_PATCHES = ['application/apply-patch+yaml', 'application/apply-patch+cbor'];

export function mediaType(contentType: string | undefined): string {
  return (contentType ?? 'application/json').split(';')[0]!.trim();
}

/** The object after a patch of the given type; the object itself is not touched. */
export function patched(served: Served, current: KubeObject, contentType: string, body: unknown): KubeObject {
  const result = byType(served, structuredClone(current), contentType, structuredClone(body));
  if (!isRecord(result)) throw badRequest('the patch leaves no object');
  return result as KubeObject;
}

function byType(served: Served, current: KubeObject, contentType: string, body: unknown): unknown {
  if (contentType === JSON_PATCH) return jsonPatched(current, body);
  if (contentType === MERGE_PATCH) {
    if (!isRecord(body)) throw badRequest('error decoding patch: a merge patch is an object');
    return mergePatch(current, body);
  }
  if (contentType === STRATEGIC && !served.custom) {
    if (!isRecord(body)) throw badRequest('error decoding patch: a strategic merge patch is an object');
    return strategicMerge(current, body);
  }
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(served.custom ? [] : [STRATEGIC]), APPLY_PATCHES[0]!];
  throw unsupportedMediaType(accepted);
}

function jsonPatched(current: KubeObject, body: unknown): unknown {
  if (!Array.isArray(body)) throw badRequest('error decoding patch: a JSON patch is a list of operations');
  try {
    return jsonPatch.applyPatch(current, body, true, true, true).newDocument;
  } catch (error) {
    // The library appends the whole object to its message, which may hold secret values.
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw failure(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`);
  }
}
