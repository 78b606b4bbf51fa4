import type { TransportResponse } from '../../transport.ts';
import type { KubeObject } from '../../types.ts';
import type { Served } from '../catalogue.ts';

const CHUNK_CHARACTERS = 128 * 1024;

export function jsonAnswer(value: unknown, status = 200): TransportResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: once(Buffer.from(`${JSON.stringify(value)}\n`)),
  };
}

export function textAnswer(body: AsyncIterable<Uint8Array>): TransportResponse {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

/** A list, serialised while it is read, so that one of any length costs little more than its objects. */
export function listAnswer(head: Record<string, unknown>, items: readonly unknown[]): TransportResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: serialised(head, items),
  };
}

async function* serialised(
  head: Record<string, unknown>,
  items: readonly unknown[],
): AsyncGenerator<Uint8Array> {
  let pending = `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (const [index, item] of items.entries()) {
    pending += (index === 0 ? '' : ',') + JSON.stringify(item);
    if (pending.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(pending);
    pending = '';
  }
  yield Buffer.from(`${pending}]}\n`);
}

export async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}

/** Objects as the client asked for them: in the version of the path, and metadata only where it said so. */
export function viewOf(
  served: Served,
  version: string,
  accept: string | undefined,
): { kind: string; apiVersion: string; of(object: KubeObject): unknown } {
  if (/as=PartialObjectMetadata/.test(accept?.split(',')[0] ?? '')) {
    const apiVersion = 'meta.k8s.io/v1';
    return {
      kind: 'PartialObjectMetadata',
      apiVersion,
      of: object => ({ kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata }),
    };
  }
  const { group, kind } = served;
  return { kind, apiVersion: group ? `${group}/${version}` : version, of: inVersion(served, version) };
}

/** Objects in the version of the path. */
export function inVersion(served: Served, version: string): (object: KubeObject) => KubeObject {
  const apiVersion = served.group ? `${served.group}/${version}` : version;
  return object => (object.apiVersion === apiVersion ? object : { ...object, apiVersion });
}
