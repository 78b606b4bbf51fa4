import type { TransportRequest, TransportResponse } from '../../transport.ts';
import type { KubeObject } from '../../types.ts';
import { badRequest } from '../status.ts';
import { type Collection, keyOf, type Store } from '../store.ts';
import { inVersion, jsonAnswer, listAnswer, viewOf } from './answer.ts';
import type { ResourceRoute } from './route.ts';
import { selectionOf, textOf } from './selection.ts';
import { tableOf, wantsTable } from './table/table.ts';

/** Answers a list: selectors, then `limit` and `continue`. */
export function listObjects(
  store: Store,
  collection: Collection,
  route: ResourceRoute,
  request: TransportRequest,
  now: number,
): TransportResponse {
  const { query, accept } = request;
  const { served } = collection;
  const view = viewOf(served, route.version, accept);
  const matches = selectionOf(query, served);
  const matching = collection.list(route.namespace).filter(matches);
  const { page, metadata } = paged(matching, query, store.resourceVersion);
  const selected = Boolean(textOf(query, 'labelSelector') || textOf(query, 'fieldSelector'));
  if (selected) delete metadata['remainingItemCount'];
  if (wantsTable(accept)) {
    return jsonAnswer(tableOf(served, page.map(inVersion(served, route.version)), { query, metadata, now }));
  }
  const head = { kind: `${view.kind}List`, apiVersion: view.apiVersion, metadata };
  return listAnswer(head, page.map(view.of));
}

function paged(
  items: KubeObject[],
  query: TransportRequest['query'],
  resourceVersion: string,
): { page: KubeObject[]; metadata: Record<string, unknown> } {
  const limit = Number(textOf(query, 'limit') || 0);
  if (!Number.isInteger(limit) || limit < 0)
    throw badRequest(`Invalid value: "${textOf(query, 'limit')}": limit`);
  const token = textOf(query, 'continue');
  const after = token ? parseToken(token) : undefined;
  const start = after === undefined ? 0 : items.findIndex(item => objectKey(item) > after);
  const rest = start < 0 ? [] : items.slice(start);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const metadata: Record<string, unknown> = { resourceVersion };
  if (page.length < rest.length) {
    metadata['continue'] = Buffer.from(JSON.stringify({ after: objectKey(page.at(-1)!) })).toString(
      'base64url',
    );
    metadata['remainingItemCount'] = rest.length - page.length;
  }
  return { page, metadata };
}

function objectKey({ metadata }: KubeObject): string {
  return keyOf(metadata.namespace, metadata.name);
}

function parseToken(token: string): string {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { after?: unknown };
    if (typeof after === 'string') return after;
  } catch {
    // falls through
  }
  throw badRequest('continue key is not valid: it does not come from this snapshot');
}
