import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, type Status } from '../../../src/cluster/errors.ts';
import type { Transport, TransportRequest } from '../../../src/cluster/transport.ts';

export type Stored = Record<string, unknown> & {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    [field: string]: unknown;
  };
};

/** A request that reached the server, in order. */
export interface Seen {
  method: string;
  path: string;
  query: string;
  body: Record<string, unknown> | undefined;
}

/**
 * A real HTTP server that keeps objects by path the way an API server does where the gate depends on it:
 * resourceVersion checks with 409, preconditions of deletions, dry runs, merge patches, 404.
 */
export class TinyApi {
  readonly objects = new Map<string, Stored>();
  readonly seen: Seen[] = [];
  /** Called with every real (not dry) write before it is applied. */
  beforeWrite: ((seen: Seen) => void) | undefined;
  /** Answers instead of the server where it returns a status. */
  intercept: ((seen: Seen) => Status | undefined) | undefined;
  #server: Server | undefined;
  #version = 100;
  base = '';

  async start(): Promise<this> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>(resolve => this.#server!.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise(resolve => this.#server?.close(resolve));
  }

  put(path: string, kind: string, fields: Record<string, unknown> = {}): Stored {
    const parts = path.split('/');
    const at = parts.indexOf('namespaces');
    const { metadata, ...rest } = fields as { metadata?: Record<string, unknown> };
    const object: Stored = {
      apiVersion: 'v1',
      kind,
      metadata: {
        name: parts.at(-1)!,
        namespace: at >= 0 ? parts[at + 1]! : undefined,
        uid: `uid-${path}`,
        resourceVersion: this.next(),
        ...metadata,
      },
      ...rest,
    } as Stored;
    this.objects.set(path, object);
    return object;
  }

  next(): string {
    this.#version += 1;
    return String(this.#version);
  }

  /** Real writes that the server accepted or refused, without reads and dry runs. */
  get writes(): Seen[] {
    return this.seen.filter(item => item.method !== 'GET' && !isDry(item));
  }

  transport(): Transport {
    const { base } = this;
    return {
      info: { source: 'live', context: 'tiny', server: base, namespace: 'shop' },
      async request(request: TransportRequest) {
        const query = new URLSearchParams();
        for (const [key, value] of Object.entries(request.query ?? {})) {
          if (value !== undefined) query.set(key, String(value));
        }
        const response = await fetch(`${base}${request.path}?${query}`, {
          method: request.method,
          headers: { 'content-type': request.contentType ?? 'application/json' },
          body: request.body === undefined ? undefined : JSON.stringify(request.body),
          signal: request.signal,
        });
        if (!response.ok) throw new ApiError(response.status, (await response.json()) as Status);
        return { status: response.status, headers: {}, body: response.body as AsyncIterable<Uint8Array> };
      },
      close: async () => {},
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://tiny');
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : undefined;
    const seen: Seen = { method: request.method ?? '', path: url.pathname, query: url.search, body };
    this.seen.push(seen);
    const answer = (code: number, value: unknown) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const refusal = this.intercept?.(seen);
    if (refusal) return answer(refusal.code ?? 500, refusal);
    if (seen.method !== 'GET' && !isDry(seen)) this.beforeWrite?.(seen);
    const outcome = this.#apply(seen);
    return answer(outcome.code, outcome.value);
  }

  #apply(seen: Seen): { code: number; value: unknown } {
    const path = seen.path.replace(/\/eviction$/, '');
    const stored = this.objects.get(path);
    if (seen.method === 'POST' && path === seen.path) {
      const created = { ...(seen.body as Stored) };
      created.metadata = { ...created.metadata, uid: 'uid-new', resourceVersion: this.next() };
      if (!isDry(seen)) this.objects.set(`${path}/${created.metadata.name}`, created);
      return { code: 201, value: created };
    }
    if (!stored) return { code: 404, value: status(404, 'NotFound', `"${path}" not found`) };
    if (seen.method === 'GET') return { code: 200, value: stored };
    const wanted = wantedVersion(seen);
    if (wanted !== undefined && wanted !== stored.metadata.resourceVersion) {
      return { code: 409, value: status(409, 'Conflict', 'the object has been modified') };
    }
    if (seen.method === 'DELETE' || seen.method === 'POST') {
      if (!isDry(seen)) this.objects.delete(path);
      return { code: 200, value: status(200, 'Success', 'deleted') };
    }
    const merged = merge(stored, seen.body ?? {}) as Stored;
    merged.metadata = { ...merged.metadata, resourceVersion: this.next() };
    if (!isDry(seen)) this.objects.set(path, merged);
    return { code: 200, value: merged };
  }
}

export function status(code: number, reason: string, message: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: code < 300 ? 'Success' : 'Failure',
    code,
    reason,
    message,
  };
}

function wantedVersion(seen: Seen): unknown {
  const body = (seen.body ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  if (seen.method === 'DELETE') return body.preconditions?.resourceVersion;
  if (seen.method === 'POST') return body.deleteOptions?.preconditions?.resourceVersion;
  return body.metadata?.resourceVersion;
}

function isDry(seen: Seen): boolean {
  if (seen.method === 'DELETE' && seen.body) return Array.isArray(seen.body.dryRun);
  return seen.query.includes('dryRun=All');
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merge(out[key] ?? {}, value);
  }
  return out;
}
