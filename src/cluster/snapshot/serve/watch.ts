import { EventQueue } from '../../../shared/event-queue.ts';
import type { TransportRequest, TransportResponse } from '../../transport.ts';
import type { KubeObject } from '../../types.ts';
import { badRequest } from '../status.ts';
import type { Change, Collection, Store } from '../store.ts';
import { inVersion, viewOf } from './answer.ts';
import type { ResourceRoute } from './route.ts';
import { isTrue, selectionOf, textOf } from './selection.ts';
import { tableOf, wantsTable } from './table/table.ts';

/**
 * Answers a watch. Nothing in a snapshot changes by itself: what comes are the objects as they are (where the
 * client named no resourceVersion, as the API server does it), and later the writes made to this snapshot.
 * The stream ends after `timeoutSeconds`, with the signal, or when the snapshot is closed.
 */
export function watchObjects(
  store: Store,
  collection: Collection,
  route: ResourceRoute,
  request: TransportRequest,
  closing: AbortSignal,
  now: () => number,
): TransportResponse {
  const { query, accept, signal } = request;
  const { served } = collection;
  const view = wantsTable(accept)
    ? tableView(served, route, query, now)
    : viewOf(served, route.version, accept);
  const selected = selectionOf(query, served);
  const concerns = (object: KubeObject) =>
    (route.namespace === undefined || object.metadata.namespace === route.namespace) &&
    (route.name === undefined || object.metadata.name === route.name) &&
    selected(object);
  const queue = new EventQueue<Uint8Array>();
  const send = (type: string, object: unknown) =>
    queue.push(Buffer.from(`${JSON.stringify({ type, object })}\n`));
  const deliver = (change: Change) => {
    if (change.served !== served) return;
    const before = change.before && concerns(change.before);
    const after = change.after && concerns(change.after);
    const stamped = after ? change.after! : withVersion(change.before, change.resourceVersion);
    if (after) send(before ? 'MODIFIED' : 'ADDED', view.of(stamped!));
    else if (before) send('DELETED', view.of(stamped!));
  };
  const bookmark = (annotations?: Record<string, string>) =>
    send('BOOKMARK', {
      kind: served.kind,
      apiVersion: view.apiVersion,
      metadata: { resourceVersion: store.resourceVersion, annotations },
    });

  const from = textOf(query, 'resourceVersion');
  const initial = isTrue(query, 'sendInitialEvents');
  if (from === '' || from === '0' || initial) {
    for (const object of collection.list(route.namespace))
      if (concerns(object)) send('ADDED', view.of(object));
    if (initial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    if (!/^\d+$/.test(from)) throw badRequest(`Invalid value: "${from}": resourceVersion`);
    for (const change of store.changesSince(Number(from))) deliver(change);
  }
  const end = openUntil(queue, store.subscribe(deliver), {
    seconds: Number(textOf(query, 'timeoutSeconds')) || 0,
    signals: [signal, closing],
    atTimeout: isTrue(query, 'allowWatchBookmarks') ? bookmark : () => undefined,
  });
  return { status: 200, headers: { 'content-type': 'application/json' }, body: body(queue, signal, end) };
}

/** Each event of a watch carries a Table of one row. */
function tableView(
  served: Collection['served'],
  route: ResourceRoute,
  query: TransportRequest['query'],
  now: () => number,
): Pick<ReturnType<typeof viewOf>, 'apiVersion' | 'of'> {
  const shown = inVersion(served, route.version);
  return {
    apiVersion: 'meta.k8s.io/v1',
    of: object => {
      const { resourceVersion } = object.metadata;
      return tableOf(served, [shown(object)], { query, metadata: { resourceVersion }, now: now() });
    },
  };
}

/** Ends the queue at the timeout or with a signal; returns what ends it earlier. */
function openUntil(
  queue: EventQueue<Uint8Array>,
  unsubscribe: () => void,
  until: { seconds: number; signals: AbortSignal[]; atTimeout: () => void },
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(timer);
    unsubscribe();
    for (const signal of until.signals) signal.removeEventListener('abort', end);
    queue.end();
  };
  if (until.seconds > 0) {
    timer = setTimeout(() => {
      until.atTimeout();
      end();
    }, until.seconds * 1000);
    timer.unref();
  }
  for (const signal of until.signals) signal.addEventListener('abort', end, { once: true });
  return end;
}

async function* body(
  queue: EventQueue<Uint8Array>,
  signal: AbortSignal,
  end: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* queue;
    signal.throwIfAborted();
  } finally {
    end();
  }
}

function withVersion(object: KubeObject | undefined, resourceVersion: number): KubeObject | undefined {
  if (!object) return undefined;
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
}
