import { isAbort } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { ApiError, ClusterUnreachableError, type Status } from '../errors.ts';
import type { WatchEvent, WatchQuery } from '../port.ts';
import type { KubeObject } from '../types.ts';
import { finishItem } from './clean.ts';
import { type ClientContext, namespaceOf } from './context.ts';
import { parseFields } from './fields.ts';
import { type ListOutcome, listItems } from './list.ts';
import { pathOf } from './paths.ts';

/** Seconds after which the server ends a watch by itself; the client then goes on from where it was. */
const SERVER_TIMEOUT_SECONDS = 290;
const MAX_FAILURES = 5;
const MAX_WAIT_MS = 30_000;
/** A connection that lived this long was no failure, even when nothing happened on it. */
const HEALTHY_MS = 5_000;

class WatchExpired extends Error {}

/**
 * A watch that survives its connections: bookmarks move the position (and are not handed out), a closed or cut stream is opened again from
 * there, and a position that the server has forgotten (410) is found anew by a list, whose differences to what
 * was seen are handed out as ADDED, MODIFIED and DELETED. Ends with the signal; gives up after five failed
 * connections in a row.
 */
export async function* watchObjects(
  context: ClientContext,
  query: WatchQuery,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const resource = await context.resolve(query.kind, signal);
  const namespace = namespaceOf(context, resource, query.namespace);
  const projection = query.fields ? parseFields(query.fields) : undefined;
  const fieldSelector = [query.fieldSelector, query.name && `metadata.name=${query.name}`]
    .filter(Boolean)
    .join(',');
  const seen = new Map<string, KubeObject>();
  let position = query.resourceVersion;
  let failures = 0;

  while (!signal.aborted) {
    const opened = context.clock.now();
    try {
      const request = {
        method: 'GET' as const,
        path: pathOf(resource, { namespace }),
        query: {
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: position,
          timeoutSeconds: SERVER_TIMEOUT_SECONDS,
          labelSelector: query.labelSelector || undefined,
          fieldSelector: fieldSelector || undefined,
        },
        timeoutMs: 0,
        signal,
      };
      const { body } = await context.transport.request(request);
      for await (const event of events(body)) {
        failures = 0;
        const object = event.object;
        position = object.metadata?.resourceVersion ?? position;
        if (event.type === 'BOOKMARK') continue;
        note(seen, event.type, object);
        yield { type: event.type, object: finishItem(object, resource, projection) };
      }
      failures = context.clock.now() - opened < HEALTHY_MS ? failures + 1 : 0;
    } catch (error) {
      if (isAbort(error, signal)) return;
      if (error instanceof WatchExpired || (error instanceof ApiError && error.statusCode === 410)) {
        const outcome: ListOutcome = { resourceVersion: '', truncated: false };
        yield* relist(outcome);
        position = outcome.resourceVersion || undefined;
        continue;
      }
      failures += 1;
      if (!(error instanceof ClusterUnreachableError) || failures >= MAX_FAILURES) throw error;
    }
    if (failures > 0) await pause();
  }

  async function pause(): Promise<void> {
    const bound = Math.min(MAX_WAIT_MS, 500 * 2 ** Math.min(failures, 8));
    await context.clock.sleep(bound / 2 + (context.random() * bound) / 2, signal).catch(error => {
      if (!signal.aborted) throw error;
    });
  }

  async function* relist(outcome: ListOutcome): AsyncGenerator<WatchEvent> {
    const gone = new Map(seen);
    const selection = { ...query, fieldSelector: fieldSelector || undefined, fields: undefined };
    for await (const object of listItems(context, selection, signal, outcome)) {
      const key = keyOf(object);
      const before = seen.get(key);
      gone.delete(key);
      if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      const type = before ? 'MODIFIED' : 'ADDED';
      note(seen, type, object);
      yield { type, object: finishItem(object, resource, projection) };
    }
    for (const [key, object] of gone) {
      seen.delete(key);
      yield { type: 'DELETED', object };
    }
  }
}

/** Remembers what identifies an object, no more: a watch may run for days. */
function note(seen: Map<string, KubeObject>, type: WatchEvent['type'], object: KubeObject): void {
  if (type === 'DELETED') {
    seen.delete(keyOf(object));
    return;
  }
  const { name, namespace, resourceVersion, uid } = object.metadata;
  seen.set(keyOf(object), {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace, uid, resourceVersion },
  });
}

async function* events(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent> {
  for await (const line of lines(body)) {
    const event: unknown = JSON.parse(line);
    if (!isRecord(event) || !isRecord(event['object'])) continue;
    const { type, object } = event;
    if (type === 'ERROR') {
      const status = object as unknown as Status;
      if (status.code === 410) throw new WatchExpired();
      throw new ApiError(status.code ?? 500, status);
    }
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK') {
      yield { type, object: object as KubeObject };
    }
  }
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of body) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    for (const [index, piece] of pieces.entries()) {
      parts.push(piece);
      if (index === pieces.length - 1) break;
      const line = parts.join('');
      parts = [];
      if (line.trim()) yield line;
    }
  }
  // A last line without its newline was cut in the middle; the reconnect brings the event again.
}

function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}
