import { randomUUID } from 'node:crypto';
import type { TransportRequest, TransportResponse } from '../transport.ts';
import type { KubeObject } from '../types.ts';
import type { Served } from './catalogue.ts';
import type { Layout } from './files/layout.ts';
import { logAnswer } from './logs/answer.ts';
import { podFromLogs } from './logs/find.ts';
import { refusalOf } from './refusals.ts';
import { inVersion, jsonAnswer, once, textAnswer, viewOf } from './serve/answer.ts';
import {
  groupAnswer,
  groupsAnswer,
  groupVersionAnswer,
  isScalable,
  versionAnswer,
} from './serve/discovery.ts';
import { listObjects } from './serve/list.ts';
import { REVIEWS, reviewAnswer } from './serve/reviews.ts';
import { parsePath, type ResourceRoute } from './serve/route.ts';
import { isTrue, selectionOf, textOf } from './serve/selection.ts';
import { tableOf, wantsTable } from './serve/table/table.ts';
import { watchObjects } from './serve/watch.ts';
import { badRequest, methodNotAllowed, notFound, unknownPath } from './status.ts';
import type { Collection, Store } from './store.ts';
import { applyObject } from './write/apply.ts';
import { bodyOf, isDryRun, objectBody } from './write/body.ts';
import type { WriteContext } from './write/context.ts';
import { createObject } from './write/create.ts';
import { deleteObject, deletionAnswer } from './write/delete.ts';
import { evictPod } from './write/evict.ts';
import { APPLY_PATCHES, mediaType, patched } from './write/patch.ts';
import { scaleOf, setScale } from './write/scale.ts';
import { replaceObject, updateObject } from './write/update.ts';

export interface HandlerOptions {
  store: Store;
  layout: Layout;
  capturedAt: number;
  emptyLogsHaveNoFile: boolean;
  now(): number;
  random(): number;
}

const VERBS: Record<string, [object: string, collection: string]> = {
  GET: ['get', 'list'],
  POST: ['', 'create'],
  PUT: ['update', ''],
  PATCH: ['patch', ''],
  DELETE: ['delete', 'deletecollection'],
};

/** Answers requests as an API server would: finds what a path means, checks the verb, hands over to the verb. */
export class Handler {
  readonly #options: HandlerOptions;
  readonly #store: Store;
  readonly #closing: AbortSignal;

  constructor(options: HandlerOptions, closing: AbortSignal) {
    this.#options = options;
    this.#store = options.store;
    this.#closing = closing;
  }

  async handle(request: TransportRequest): Promise<TransportResponse> {
    const route = parsePath(request.path);
    if (!route) throw unknownPath();
    if (route.type === 'resource') return this.#resource(route, request);
    if (request.method !== 'GET') throw methodNotAllowed();
    const { catalogue } = this.#store;
    switch (route.type) {
      case 'version':
        return versionAnswer(this.#options.layout.root);
      case 'health':
        return textAnswer(once(Buffer.from('ok')));
      case 'core-versions':
      case 'groups':
        return groupsAnswer(catalogue, route.type === 'core-versions', request.accept);
      case 'group':
        return groupAnswer(catalogue, route.group);
      case 'group-version':
        return groupVersionAnswer(catalogue, route.group, route.version);
    }
  }

  async #resource(route: ResourceRoute, request: TransportRequest): Promise<TransportResponse> {
    const review = REVIEWS.find(({ group, plural }) => group === route.group && plural === route.plural);
    if (review) return reviewAnswer(review, request.method, bodyOf(request));
    const served = await this.#store.catalogue.find(route.group, route.version, route.plural);
    if (!served || (!served.namespaced && route.namespace !== undefined)) throw unknownPath();
    if (route.name !== undefined && served.namespaced && route.namespace === undefined) throw unknownPath();
    const collection = await this.#store.open(served, route.namespace, request.signal);
    if (route.name === undefined) return this.#onCollection(collection, route, request);
    const named = { ...route, name: route.name };
    if (route.subresource && route.subresource !== 'status')
      return this.#onSubresource(collection, named, request);
    return this.#onObject(collection, named, request);
  }

  async #onCollection(
    collection: Collection,
    route: ResourceRoute,
    request: TransportRequest,
  ): Promise<TransportResponse> {
    const { served } = collection;
    assertVerb(served, VERBS[request.method]![1]);
    const { query } = request;
    if (request.method === 'GET') {
      if (isTrue(query, 'watch')) {
        return watchObjects(this.#store, collection, route, request, this.#closing, this.#options.now);
      }
      if (collection.list(route.namespace).length === 0) {
        const refusal = await refusalOf(this.#options.layout, served, route.namespace);
        if (refusal) throw refusal;
      }
      return listObjects(this.#store, collection, route, request, this.#options.now());
    }
    if (request.method === 'POST') {
      if (served.namespaced) await this.#assertNamespace(route.namespace, request.signal);
      const object = objectBody(request, served, route);
      const created = createObject(this.#writing(collection, isDryRun(request)), object);
      return jsonAnswer(viewOf(served, route.version, undefined).of(created), 201);
    }
    const options = bodyOf(request);
    const context = this.#writing(collection, isDryRun(request, options));
    const doomed = collection.list(route.namespace).filter(selectionOf(query, served));
    const items = doomed.map(object => deleteObject(context, object, options));
    const view = viewOf(served, route.version, undefined);
    return jsonAnswer({
      kind: `${view.kind}List`,
      apiVersion: view.apiVersion,
      metadata: { resourceVersion: this.#store.resourceVersion },
      items: items.map(view.of),
    });
  }

  async #onObject(
    collection: Collection,
    route: ResourceRoute & { name: string },
    request: TransportRequest,
  ): Promise<TransportResponse> {
    const { served } = collection;
    assertVerb(served, VERBS[request.method]![0]);
    const view = viewOf(served, route.version, request.accept);
    const applies = request.method === 'PATCH' && APPLY_PATCHES.includes(mediaType(request.contentType));
    if (applies && served.namespaced && !collection.get(route.namespace, route.name)) {
      await this.#assertNamespace(route.namespace, request.signal);
    }
    const current = collection.get(route.namespace, route.name);
    if (request.method === 'GET') {
      if (isTrue(request.query, 'watch')) {
        return watchObjects(this.#store, collection, route, request, this.#closing, this.#options.now);
      }
      const found = current ?? (await this.#absent(served, route));
      if (!wantsTable(request.accept)) return jsonAnswer(view.of(found));
      const { query } = request;
      const metadata = { resourceVersion: found.metadata.resourceVersion };
      const shown = inVersion(served, route.version)(found);
      return jsonAnswer(tableOf(served, [shown], { query, metadata, now: this.#options.now() }));
    }
    if (applies) {
      const wanted = objectBody(request, served, route);
      wanted.metadata.name ||= route.name;
      const { object, created } = applyObject(this.#writing(collection, isDryRun(request)), current, wanted, {
        fieldManager: textOf(request.query, 'fieldManager'),
        subresource: route.subresource,
      });
      return jsonAnswer(view.of(object), created ? 201 : 200);
    }
    if (!current) throw notFound(served, route.name);
    if (request.method === 'DELETE') {
      const options = bodyOf(request);
      const context = this.#writing(collection, isDryRun(request, options));
      return jsonAnswer(deletionAnswer(context, current, deleteObject(context, current, options)));
    }
    const context = this.#writing(collection, isDryRun(request));
    if (request.method === 'PUT') {
      const next = objectBody(request, served, route);
      return jsonAnswer(view.of(replaceObject(context, current, next, route.subresource)));
    }
    const next = patched(served, current, mediaType(request.contentType), bodyOf(request));
    return jsonAnswer(view.of(updateObject(context, current, next, route.subresource)));
  }

  async #onSubresource(
    collection: Collection,
    route: ResourceRoute & { name: string },
    request: TransportRequest,
  ): Promise<TransportResponse> {
    const { served } = collection;
    const { method, signal } = request;
    const current = collection.get(route.namespace, route.name);
    const isPod = served.plural === 'pods' && served.group === '';
    if (isPod && route.subresource === 'log') {
      if (method !== 'GET') throw methodNotAllowed();
      const { layout, capturedAt, emptyLogsHaveNoFile } = this.#options;
      const pod = current ?? (await podFromLogs(layout, route.namespace ?? '', route.name));
      if (!pod) throw notFound(served, route.name);
      return logAnswer({ layout, capturedAt, emptyWithoutFile: emptyLogsHaveNoFile }, pod, request);
    }
    if (isPod && ['exec', 'attach', 'portforward'].includes(route.subresource ?? '')) {
      throw badRequest('a snapshot has no running containers to connect to');
    }
    if (isPod && route.subresource === 'eviction') {
      if (method !== 'POST') throw methodNotAllowed();
      if (!current) throw notFound(served, route.name);
      const body = bodyOf(request);
      const budgets = await this.#budgets(route.namespace, signal);
      // The pod may have gone while the budgets were read.
      const pod = collection.get(route.namespace, route.name);
      if (!pod) throw notFound(served, route.name);
      return jsonAnswer(
        evictPod(this.#writing(collection, isDryRun(request, body)), budgets, pod, body),
        201,
      );
    }
    if (!isScalable(served) || route.subresource !== 'scale') throw unknownPath();
    if (!current) throw notFound(served, route.name);
    if (method === 'GET') return jsonAnswer(scaleOf(current));
    const body = bodyOf(request);
    const scale =
      method === 'PATCH'
        ? patched(served, scaleOf(current), mediaType(request.contentType), body)
        : method === 'PUT'
          ? (body as KubeObject)
          : undefined;
    if (!scale) throw methodNotAllowed();
    return jsonAnswer(setScale(this.#writing(collection, isDryRun(request)), current, scale));
  }

  #writing(collection: Collection, dryRun: boolean): WriteContext {
    const { now, random } = this.#options;
    return { store: this.#store, collection, dryRun, now, random, newUid: randomUUID };
  }

  async #budgets(namespace: string | undefined, signal: AbortSignal): Promise<Collection> {
    const { catalogue } = this.#store;
    const versions = ['v1', 'v1beta1'].map(version =>
      catalogue.find('policy', version, 'poddisruptionbudgets'),
    );
    const served = (await Promise.all(versions)).find(found => found !== undefined);
    if (!served) throw unknownPath();
    return this.#store.open(served, namespace, signal);
  }

  async #assertNamespace(name: string | undefined, signal: AbortSignal): Promise<void> {
    if (name === undefined) throw badRequest('an empty namespace may not be set during creation');
    const served = await this.#store.catalogue.find('', 'v1', 'namespaces');
    if (!served) return;
    const namespaces = await this.#store.open(served, undefined, signal);
    if (!namespaces.get(undefined, name)) throw notFound(served, name);
  }

  /** Rejects with why an object is not there. */
  async #absent(served: Served, route: ResourceRoute & { name: string }): Promise<never> {
    const refusal = await refusalOf(this.#options.layout, served, route.namespace);
    throw refusal ?? notFound(served, route.name);
  }
}

function assertVerb(served: Served, verb: string): void {
  if (!served.verbs.includes(verb)) throw methodNotAllowed();
}
