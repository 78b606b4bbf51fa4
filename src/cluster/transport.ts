import type { ExecResult, ExecTarget } from './port.ts';

/**
 * The port between kv and a cluster: one HTTP-shaped request against the Kubernetes REST API.
 *
 * Implementations: `live/` (a real API server) and `snapshot/` (a support bundle on disk, writes in memory).
 * Everything above this file is the same code for both.
 *
 * Contract:
 * - `request` resolves only for 2xx. Any other status rejects with `ApiError`; no answer at all rejects with
 *   `ClusterUnreachableError`; an aborted signal rejects with the signal's reason.
 * - The implementation retries what is safe to retry (reads; writes that certainly were not applied), honours
 *   `Retry-After`, and limits its own rate. Callers never retry.
 * - The body arrives as a stream of bytes; a caller that stops reading early cancels the request.
 */
export interface Transport {
  readonly info: ClusterInfo;
  /** Unix milliseconds at which a snapshot was taken: the "now" of everything in it. Absent for live clusters. */
  readonly capturedAt?: number;
  /** Grows with every change of a snapshot: while it stays the same, so does every answer. Absent for live clusters. */
  readonly revision?: number;
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Runs a command in a container over the exec subresource; absent where there are no containers to run it in. */
  exec?(target: ExecTarget, signal: AbortSignal): Promise<ExecResult>;
  close(): Promise<void>;
}

export interface ClusterInfo {
  source: 'live' | 'snapshot';
  /** kubeconfig context, or the snapshot's name. */
  context: string;
  /** API server URL, or the snapshot's path. */
  server: string;
  /** Namespace used where a question names none. */
  namespace: string;
  /** Who kv is to the API server, where the kubeconfig says so. */
  user?: string;
}

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof METHODS)[number];

export interface TransportRequest {
  method: HttpMethod;
  /** Path from the server's root, encoded: `/api/v1/namespaces/shop/pods`. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** Defaults to `application/json`; patches name their type. */
  contentType?: string;
  accept?: string;
  signal: AbortSignal;
  /** Milliseconds until the first byte must have arrived; default 30,000; 0 for no limit, as watches and followed logs want. */
  timeoutMs?: number;
}

export interface TransportResponse {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

/** Reads a whole response as text. */
export async function readText(response: TransportResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads a whole response as JSON. */
export async function readJson<T>(response: TransportResponse): Promise<T> {
  return JSON.parse(await readText(response)) as T;
}
