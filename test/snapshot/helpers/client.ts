import { resolve } from 'node:path';
import { ApiError } from '../../../src/cluster/errors.ts';
import {
  type OpenSnapshotOptions,
  openSnapshot,
  type SnapshotTransport,
} from '../../../src/cluster/snapshot/index.ts';
import { type HttpMethod, readText, type TransportRequest } from '../../../src/cluster/transport.ts';
import type { KubeObject } from '../../../src/cluster/types.ts';

export const SMALL_CLUSTER = resolve('test/fixtures/small-cluster');

export interface List {
  kind: string;
  apiVersion: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: KubeObject[];
}

type Options = Partial<Omit<TransportRequest, 'method' | 'path'>>;

/** A snapshot with the verbs that tests use; every answer is parsed. */
export interface Client {
  transport: SnapshotTransport;
  get(path: string, options?: Options): Promise<KubeObject>;
  list(path: string, query?: Options['query']): Promise<List>;
  names(path: string, query?: Options['query']): Promise<string[]>;
  text(path: string, query?: Options['query']): Promise<string>;
  send(method: HttpMethod, path: string, body?: unknown, options?: Options): Promise<KubeObject>;
  /** Status code, reason and message of a request that must fail. */
  refused(method: HttpMethod, path: string, body?: unknown, options?: Options): Promise<Refusal>;
}

export interface Refusal {
  code: number;
  reason: string;
  message: string;
  error: ApiError;
}

export async function openClient(
  path = SMALL_CLUSTER,
  options: Partial<OpenSnapshotOptions> = {},
): Promise<Client> {
  const signal = new AbortController().signal;
  const transport = await openSnapshot(path, { signal, ...options });
  const text = async (method: HttpMethod, path: string, more: Options) =>
    readText(await transport.request({ method, path, signal, ...more }));
  const client: Client = {
    transport,
    get: async (path, more = {}) => JSON.parse(await text('GET', path, more)),
    list: async (path, query) => JSON.parse(await text('GET', path, { query })),
    names: async (path, query) => (await client.list(path, query)).items.map(item => item.metadata.name),
    text: (path, query) => text('GET', path, { query }),
    send: async (method, path, body, more = {}) => JSON.parse(await text(method, path, { body, ...more })),
    refused: async (method, path, body, more = {}) => {
      const error = await text(method, path, { body, ...more }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
      return { code: error.statusCode, reason: error.reason, message: error.status.message ?? '', error };
    },
  };
  return client;
}

export const MERGE = { contentType: 'application/merge-patch+json' };
export const STRATEGIC = { contentType: 'application/strategic-merge-patch+json' };
export const JSON_PATCH = { contentType: 'application/json-patch+json' };
export const APPLY = { contentType: 'application/apply-patch+yaml', query: { fieldManager: 'test' } };
