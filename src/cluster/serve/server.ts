import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../shared/errors.ts';
import { ApiError, type Status } from '../errors.ts';
import { type HttpMethod, METHODS, type Transport } from '../transport.ts';
import { OpenApi } from './openapi/openapi.ts';

/**
 * A cluster that is being served; only this machine can reach it, and only who knows the address: it ends in a
 * random token. (Clients of the Kubernetes project send no bearer token over plain HTTP, but keep a path.)
 */
export interface ServedCluster {
  /** `http://127.0.0.1:PORT/TOKEN`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Bodies beyond this are refused; the API server's own limit is 3 MiB. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Serves a cluster over HTTP on loopback, so that kubectl, k9s and other clients work against it. Closing ends open
 * watches and leaves the transport open.
 */
export async function serveCluster(
  transport: Transport,
  options: { port?: number; token?: string } = {},
): Promise<ServedCluster> {
  const token = options.token ?? randomBytes(24).toString('base64url');
  const closing = new AbortController();
  const openApi = new OpenApi(transport);
  const server = createServer((request, response) => {
    void answer(transport, openApi, token, request, response, closing.signal).catch(() => response.destroy());
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${token}`,
    close: async () => {
      closing.abort();
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const NO_V2 = 'OpenAPI v2 is not served here, v3 is: use kubectl 1.27 or later';

async function answer(
  transport: Transport,
  openApi: OpenApi,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://cluster');
    const path = pathWithin(pathname, token);
    if (path.startsWith('/openapi/v3')) {
      const found = await openApi.answer(path, AbortSignal.any([gone.signal, closing]));
      if (found === undefined) throw new ApiError(404, failed(404, 'NotFound', `there is no ${path}`));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
      return;
    }
    if (path.startsWith('/openapi')) {
      // Of a 406 in plain text kubectl shows the words, of a 404 it shows its own.
      response.writeHead(406, { 'content-type': 'text/plain' }).end(NO_V2);
      return;
    }
    const answered = await transport.request({
      method: methodOf(request),
      path,
      query: Object.fromEntries(searchParams),
      body: await bodyOf(request),
      contentType: isOwnReview(request) ? 'application/json' : request.headers['content-type'],
      accept: request.headers.accept,
      signal: AbortSignal.any([gone.signal, closing]),
      timeoutMs: 0,
    });
    response.writeHead(answered.status, answered.headers);
    response.flushHeaders();
    await pipeline(answered.body, response);
  } catch (error) {
    if (response.headersSent || gone.signal.aborted || closing.aborted) throw error;
    const status = statusOf(error);
    response.writeHead(status.code ?? 500, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(status)}\n`);
  }
}

/** The path behind the token; without the right one there is nothing to be seen. */
function pathWithin(pathname: string, token: string): string {
  const [, given = '', ...rest] = pathname.split('/');
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  if (a.length === b.length && timingSafeEqual(a, b)) return `/${rest.join('/')}`;
  throw new ApiError(401, failed(401, 'Unauthorized', 'Unauthorized'));
}

function methodOf(request: IncomingMessage): HttpMethod {
  const method = METHODS.find(known => known === request.method);
  if (method) return method;
  throw new ApiError(405, failed(405, 'MethodNotAllowed', `${request.method} is not served here`));
}

/** The body as a value: JSON as it is, YAML (server-side apply) parsed. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new ApiError(413, failed(413, 'RequestEntityTooLarge', 'the request body is larger than 3 MiB'));
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  const isProtobuf = request.headers['content-type']?.includes('protobuf');
  // Clients ask about their own rights in protobuf whatever the server speaks; the answer needs no question.
  if (isProtobuf && isOwnReview(request)) return {};
  if (isProtobuf)
    throw new ApiError(
      415,
      failed(415, 'UnsupportedMediaType', 'protobuf bodies are not understood; send JSON'),
    );
  try {
    if (!request.headers['content-type']?.includes('yaml')) return JSON.parse(text) as unknown;
    const { parse } = await import('yaml');
    return parse(text) as unknown;
  } catch (error) {
    throw new ApiError(400, failed(400, 'BadRequest', `the body cannot be read: ${messageOf(error)}`));
  }
}

function isOwnReview(request: IncomingMessage): boolean {
  return /\/selfsubject\w*reviews$/.test(request.url?.split('?')[0] ?? '');
}

function statusOf(error: unknown): Status {
  if (error instanceof ApiError) return { ...error.status, code: error.status.code ?? error.statusCode };
  return failed(500, 'InternalError', messageOf(error));
}

function failed(code: number, reason: string, message: string): Status {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
}
