import { messageOf } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { ApiError, ClusterUnreachableError } from '../errors.ts';
import type { ListQuery } from '../port.ts';
import type { ApiResource, KubeObject } from '../types.ts';
import { finishItem } from './clean.ts';
import { type ClientContext, namespaceOf, notJson } from './context.ts';
import { parseFields } from './fields.ts';
import { ItemSplitter } from './json-items.ts';
import { assertNamespaceExists } from './namespaces.ts';
import { pathOf } from './paths.ts';

const PAGE_SIZE = 500;
const MAX_RESTARTS = 3;
const CUT_WAIT_MS = 200;

/** How a list ended, filled in while it is read. */
export interface ListOutcome {
  resourceVersion: string;
  truncated: boolean;
}

interface Page {
  /** The answer has begun: what fails now was not retried by the transport. */
  begun: boolean;
  resourceVersion: string;
  continueToken: string;
}

/**
 * Streams a collection: page by page from the server, item by item out of each page. A token that expires
 * between pages (410) goes on with the server's inconsistent token where it offers one, else the list starts
 * again and passes over what was already handed out (servers list in the order of namespace and name).
 */
export async function* listItems(
  context: ClientContext,
  query: ListQuery,
  signal: AbortSignal,
  outcome: ListOutcome = { resourceVersion: '', truncated: false },
): AsyncGenerator<KubeObject> {
  const resource = await context.resolve(query.kind, signal);
  const namespace = namespaceOf(context, resource, query.namespace);
  const projection = query.fields ? parseFields(query.fields) : undefined;
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  let continueToken = '';
  let passOver: string | undefined;
  let last: string | undefined;
  let count = 0;
  let restarts = 0;
  let ordered = true;

  for (;;) {
    // Passing over what a restart lists again takes whole pages.
    const wanted = passOver === undefined ? limit - count : Number.POSITIVE_INFINITY;
    const page: Page = { begun: false, resourceVersion: '', continueToken: '' };
    try {
      for await (const items of pageItems(
        context,
        resource,
        namespace,
        query,
        continueToken,
        wanted,
        page,
        signal,
      )) {
        for (const item of items) {
          const key = keyOf(item);
          if (passOver !== undefined && key <= passOver) continue;
          if (count >= limit) {
            outcome.truncated = true;
            return;
          }
          ordered &&= last === undefined || key > last;
          last = key;
          count += 1;
          yield finishItem(item, resource, projection);
        }
      }
    } catch (error) {
      const again =
        restarts < MAX_RESTARTS ? howToGoOn(error, page, continueToken, last, ordered) : undefined;
      if (!again) throw error;
      ({ continueToken, passOver } = again);
      restarts += 1;
      if (again.waitMs > 0)
        await context.clock.sleep(context.random() * again.waitMs * 2 ** restarts, signal);
      continue;
    }
    outcome.resourceVersion ||= page.resourceVersion;
    continueToken = page.continueToken;
    if (!continueToken) break;
    if (count >= limit) {
      outcome.truncated = true;
      return;
    }
  }
  if (count === 0 && namespace) await assertNamespaceExists(context, namespace, signal);
  else if (namespace) context.knownNamespaces.set(namespace, context.clock.now());
}

async function* pageItems(
  context: ClientContext,
  resource: ApiResource,
  namespace: string | undefined,
  query: ListQuery,
  continueToken: string,
  wanted: number,
  page: Page,
  signal: AbortSignal,
): AsyncGenerator<KubeObject[]> {
  const path = pathOf(resource, { namespace });
  const response = await context.transport.request({
    method: 'GET',
    path,
    query: {
      limit: Math.max(1, Math.min(query.pageSize ?? PAGE_SIZE, wanted)),
      continue: continueToken || undefined,
      labelSelector: query.labelSelector || undefined,
      fieldSelector: query.fieldSelector || undefined,
    },
    signal,
  });
  page.begun = true;
  const splitter = new ItemSplitter();
  let envelope: unknown;
  try {
    for await (const chunk of response.body) {
      const items: KubeObject[] = [];
      splitter.push(chunk, text => items.push(JSON.parse(text) as KubeObject));
      if (items.length > 0) yield items;
    }
    envelope = splitter.envelope();
  } catch (error) {
    throw error instanceof SyntaxError ? notJson(context, path, messageOf(error)) : error;
  }
  const metadata = isRecord(envelope) && isRecord(envelope['metadata']) ? envelope['metadata'] : {};
  page.resourceVersion = typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : '';
  page.continueToken = typeof metadata['continue'] === 'string' ? metadata['continue'] : '';
}

interface Again {
  continueToken: string;
  passOver: string | undefined;
  waitMs: number;
}

/** Where to go on after a failure between or within pages; undefined when there is no such place. */
function howToGoOn(
  error: unknown,
  page: Page,
  continueToken: string,
  last: string | undefined,
  ordered: boolean,
): Again | undefined {
  if (error instanceof ApiError && error.statusCode === 410) {
    const metadata = (error.status as { metadata?: unknown }).metadata;
    const offered = isRecord(metadata) ? metadata['continue'] : undefined;
    if (typeof offered === 'string' && offered)
      return { continueToken: offered, passOver: undefined, waitMs: 0 };
    return ordered ? { continueToken: '', passOver: last, waitMs: 0 } : undefined;
  }
  // The connection was cut in the middle of a page: the same page again, without what it has already given.
  if (error instanceof ClusterUnreachableError && page.begun && ordered) {
    return { continueToken, passOver: last, waitMs: CUT_WAIT_MS };
  }
  return undefined;
}

/** Sorts as etcd does: by namespace, then name. */
function keyOf(item: KubeObject): string {
  return `${item.metadata?.namespace ?? ''}/${item.metadata?.name ?? ''}`;
}
