import { isAbort, KvError } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';
import { ApiError } from '../errors.ts';
import { readText } from '../transport.ts';
import type { ClientContext } from './context.ts';
import { ItemSplitter } from './json-items.ts';

const KNOWN_MS = 30_000;
const NAMES_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * Servers answer a list in a namespace that does not exist with an empty list; this turns it into an error that
 * names the nearest namespaces. A user who may not look at namespaces gets the empty list.
 */
export async function assertNamespaceExists(
  context: ClientContext,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const known = context.knownNamespaces.get(namespace);
  if (known !== undefined && context.clock.now() - known < KNOWN_MS) return;
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    await readText(await context.transport.request({ method: 'GET', path, signal }));
  } catch (error) {
    if (isAbort(error, signal)) throw error;
    if (!(error instanceof ApiError) || error.statusCode !== 404) return;
    const names = await listNames(context, '/api/v1/namespaces', {}, signal);
    // A snapshot may hold no namespaces at all; then nothing is known about this one either.
    if (names.length === 0) return;
    throw unknownNamespace(
      namespace,
      names.map(({ name }) => name),
    );
  }
  context.knownNamespaces.set(namespace, context.clock.now());
}

function unknownNamespace(namespace: string, names: string[]): KvError {
  const near = nearest(namespace, names);
  const list = names.slice(0, 12).join(', ') + (names.length > 12 ? `, and ${names.length - 12} more` : '');
  return new KvError('failed', `The namespace ${namespace} does not exist.`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The cluster has: ${list}.`,
    facts: { namespace, nearest: near },
  });
}

/** Names in a collection, metadata only; empty where they cannot be listed. Never rejects except when aborted. */
export async function listNames(
  context: ClientContext,
  path: string,
  query: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<Array<{ name: string; namespace: string }>> {
  const names: Array<{ name: string; namespace: string }> = [];
  try {
    const response = await context.transport.request({
      method: 'GET',
      path,
      query: { limit: 5_000, ...query },
      accept: NAMES_ONLY,
      signal,
    });
    const splitter = new ItemSplitter();
    for await (const chunk of response.body) {
      splitter.push(chunk, text => {
        const { metadata } = JSON.parse(text) as { metadata?: { name?: string; namespace?: string } };
        if (metadata?.name) names.push({ name: metadata.name, namespace: metadata.namespace ?? '' });
      });
    }
  } catch (error) {
    if (isAbort(error, signal)) throw error;
  }
  return names;
}
