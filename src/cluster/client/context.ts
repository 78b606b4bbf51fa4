import { KvError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { readText, type Transport, type TransportRequest } from '../transport.ts';
import type { ApiResource, KubeObject } from '../types.ts';

/** What the client's verbs share: the transport, discovery, and time. */
export interface ClientContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  /** Namespaces lately seen to exist, with when (clock milliseconds). */
  readonly knownNamespaces: Map<string, number>;
  resolve(kind: string, signal: AbortSignal): Promise<ApiResource>;
}

/** The namespace a call means: its own, or the client's; none for cluster-scoped kinds and for '*'. */
export function namespaceOf(
  context: ClientContext,
  resource: ApiResource,
  namespace: string | undefined,
): string | undefined {
  if (!resource.namespaced || namespace === '*') return undefined;
  return namespace || context.transport.info.namespace;
}

/** Sends a request and reads its JSON object; an answer that is none is a sentence, not a SyntaxError. */
export async function requestObject(context: ClientContext, request: TransportRequest): Promise<KubeObject> {
  const text = await readText(await context.transport.request(request));
  try {
    return JSON.parse(text) as KubeObject;
  } catch (error) {
    throw notJson(context, request.path, error);
  }
}

export function notJson(context: ClientContext, path: string, cause: unknown): KvError {
  const { context: name, server } = context.transport.info;
  return new KvError(
    'failed',
    `The answer to ${path} is cut off or not JSON (context ${name}, server ${server}).`,
    {
      hint: 'Try again; if it stays, a proxy on the way may shorten or replace answers.',
      facts: { path },
      cause,
    },
  );
}
