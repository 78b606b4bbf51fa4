import { KvError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ClusterClient, LogLine, LogQuery } from '../port.ts';
import type { Transport } from '../transport.ts';
import type { ApiResource, KubeObject } from '../types.ts';
import type { ClientContext } from './context.ts';
import { requestObject } from './context.ts';
import { type Catalogue, discover } from './discovery.ts';
import { type ListOutcome, listItems } from './list.ts';
import { logLines } from './logs.ts';
import { explainingNotFound } from './not-found.ts';
import {
  applyObject,
  checkAccess,
  createObject,
  deleteObject,
  evictPod,
  getObject,
  patchObject,
  replaceObject,
} from './objects.ts';
import { findResource, nearestKinds, UnknownKindError } from './resolve.ts';
import { watchObjects } from './watch.ts';

export interface ClusterClientOptions {
  clock?: Clock;
  random?: () => number;
}

/** A kind that is not known may have been installed since; discovery is asked again at most this often. */
const REDISCOVER_MS = 15_000;

/** The typed client above any transport. Closing it closes the transport. */
export function createClusterClient(transport: Transport, options: ClusterClientOptions = {}): ClusterClient {
  const clock = options.clock ?? systemClock;
  const discovery = new Discovery(transport, clock);
  const context: ClientContext = {
    transport,
    clock,
    random: options.random ?? Math.random,
    knownNamespaces: new Map(),
    resolve: (kind, signal) => discovery.resolve(kind, signal),
  };
  return {
    info: transport.info,
    resources: async signal => (await discovery.catalogue(signal)).preferred,
    resolve: context.resolve,
    version: async signal =>
      (await requestObject(context, { method: 'GET', path: '/version', signal })) as unknown as Record<
        string,
        string
      >,
    get: (target, signal) => getObject(context, target, signal),
    list: (query, signal) => listItems(context, query, signal),
    listAll: async (query, signal) => {
      const outcome: ListOutcome = { resourceVersion: '', truncated: false };
      const items: KubeObject[] = [];
      for await (const item of listItems(context, query, signal, outcome)) items.push(item);
      return { items, ...outcome };
    },
    watch: (query, signal) => watchObjects(context, query, signal),
    logs: (query, signal) => explainedLogs(context, query, signal),
    create: (object, write, signal) => createObject(context, object, write, signal),
    replace: (object, write, signal) => replaceObject(context, object, write, signal),
    apply: (object, write, signal) => applyObject(context, object, write, signal),
    patch: (target, patch, write, signal) => patchObject(context, target, patch, write, signal),
    delete: (target, write, signal) => deleteObject(context, target, write, signal),
    evict: (target, write, signal) => evictPod(context, target, write, signal),
    exec: async (target, signal) => {
      if (!transport.exec) throw noExec(transport);
      return transport.exec(target, signal);
    },
    can: (check, signal) => checkAccess(context, check, signal),
    request: request => transport.request(request),
    close: () => transport.close(),
  };
}

/** Enough to address a pod without asking discovery for it. */
const PODS: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  namespaced: true,
  verbs: [],
  categories: [],
};

/** Logs whose failure to open says which pods there are. */
async function* explainedLogs(
  context: ClientContext,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const lines = logLines(context.transport, query, signal);
  try {
    const { namespace, pod } = query;
    const first = await explainingNotFound(context, PODS, namespace, pod, signal, () => lines.next());
    if (first.done) return;
    yield first.value;
    yield* lines;
  } finally {
    await lines.return(undefined);
  }
}

function noExec(transport: Transport): KvError {
  return new KvError(
    'failed',
    `Commands cannot run in containers of ${transport.info.context}: it is a ${transport.info.source}.`,
    {
      hint: 'Connect to the live cluster for exec.',
    },
  );
}

/** Discovery, asked once and kept; concurrent callers share the one request. */
class Discovery {
  readonly #transport: Transport;
  readonly #clock: Clock;
  #known: { answer: Promise<Catalogue>; signal: AbortSignal } | undefined;
  #askedAt = 0;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  async resolve(kind: string, signal: AbortSignal): Promise<ApiResource> {
    let catalogue = await this.catalogue(signal);
    let found = findResource(catalogue, kind);
    if (!found && this.#clock.now() - this.#askedAt >= REDISCOVER_MS) {
      this.#known = undefined;
      catalogue = await this.catalogue(signal);
      found = findResource(catalogue, kind);
    }
    if (!found) throw new UnknownKindError(kind, nearestKinds(catalogue, kind), catalogue.unavailable);
    return found;
  }

  async catalogue(signal: AbortSignal): Promise<Catalogue> {
    const shared = this.#known;
    if (!shared) return this.#ask(signal);
    try {
      return await shared.answer;
    } catch (error) {
      // The caller whose request this was gave up; that is no answer for this one.
      if (signal.aborted || !shared.signal.aborted) throw error;
      return this.catalogue(signal);
    }
  }

  #ask(signal: AbortSignal): Promise<Catalogue> {
    const asking = { answer: discover(this.#transport, signal), signal };
    this.#known = asking;
    this.#askedAt = this.#clock.now();
    asking.answer.catch(() => {
      if (this.#known === asking) this.#known = undefined;
    });
    return asking.answer;
  }
}
