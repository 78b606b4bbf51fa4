import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Issued } from './certificates.ts';

export interface SeenRequest {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void;

export interface TestServer extends AsyncDisposable {
  port: number;
  url: string;
  /** Every request that arrived, in order. */
  seen: SeenRequest[];
  handle: Handler;
}

/** A real HTTP(S) server on loopback whose handler a test may exchange while it runs. */
export async function startServer(
  handler: Handler,
  tls?: Issued & { ca?: string; requestCert?: boolean },
): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://test');
      const one = { method: request.method ?? '', url, headers: request.headers, body };
      seen.push(one);
      server.handle(one, response);
    });
  };
  const http = tls
    ? createSecureServer({ ...tls, rejectUnauthorized: false }, listener)
    : createServer(listener);
  http.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server: TestServer = {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    handle: handler,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => http.close(resolve));
    },
  };
  return server;
}

export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function failure(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  extra: { details?: object; headers?: Record<string, string>; metadata?: object } = {},
): void {
  const { details, headers, metadata = {} } = extra;
  json(
    response,
    { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason, details, code },
    code,
    headers,
  );
}
