import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { TransportRequest } from '../transport.ts';
import type { Credentials } from './credentials.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array> & { cancel(): void };
}

const BODY_SILENCE_MS = 60_000;

/**
 * Milliseconds that a body may fall silent. A watch is silent until the server ends it at `timeoutSeconds`; beyond
 * that the connection is dead. A followed log may be silent for ever (0).
 */
function silenceMs(request: TransportRequest): number {
  if (request.timeoutMs !== 0) return BODY_SILENCE_MS;
  const seconds = Number(request.query?.['timeoutSeconds']);
  return seconds > 0 ? seconds * 1000 + BODY_SILENCE_MS : 0;
}

/** Sends one request once, with these credentials. Resolves with any status; rejects when no answer came. */
export async function sendOnce(
  server: string,
  credentials: Credentials,
  request: TransportRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const { request: send } = await import('undici');
  const response = await send(urlOf(server, request), {
    method: request.method,
    dispatcher: credentials.dispatcher,
    headers: headersOf(server, credentials, request),
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    signal,
    // The transport keeps the deadline itself; undici must not end a slow list before it.
    headersTimeout: 0,
    bodyTimeout: silenceMs(request),
  });
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: response.statusCode, headers, body: bodyOf(response, headers['content-encoding']) };
}

/** `server` may have a path of its own (Rancher, proxies in front of many clusters). */
export function urlOf(server: string, request: Pick<TransportRequest, 'path' | 'query'>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  const query = parameters.toString();
  return `${server}${request.path}${query ? `?${query}` : ''}`;
}

function headersOf(
  server: string,
  credentials: Credentials,
  request: TransportRequest,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    ...credentials.headers,
    accept: request.accept ?? 'application/json',
    'user-agent': 'kv',
  };
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
  // On loopback compressing costs both sides more than the bytes do.
  if (!/^https?:\/\/(localhost|127\.|\[::1\])/.test(server)) headers['accept-encoding'] = 'gzip';
  return headers;
}

function bodyOf(response: Dispatcher.ResponseData, encoding: string | undefined): Answer['body'] {
  const raw = response.body;
  // An error that comes when nobody reads any more (an abort after the last byte) must not end the process.
  raw.on('error', () => undefined);
  if (encoding !== 'gzip') return Object.assign(iterate(raw), { cancel: () => void raw.destroy() });
  const unzipped = createGunzip();
  raw.on('error', error => unzipped.destroy(error));
  unzipped.on('error', () => raw.destroy());
  raw.pipe(unzipped);
  return Object.assign(iterate(unzipped), { cancel: () => void raw.destroy() });
}

async function* iterate(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream;
}
