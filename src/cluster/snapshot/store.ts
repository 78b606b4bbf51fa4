import type { KubeObject } from '../types.ts';
import type { Catalogue, Served } from './catalogue.ts';
import { asObject, readObjects } from './files/read.ts';

/** One write, as watches see it. `before` is absent for a created object, `after` for a deleted one. */
export interface Change {
  resourceVersion: number;
  served: Served;
  before?: KubeObject;
  after?: KubeObject;
}

/**
 * The objects of one opened snapshot: read from their files when first asked for, kept from then on, with the
 * writes of this process on top. Everything after a load is synchronous, so a read-modify-write cannot be torn.
 */
export class Store {
  readonly catalogue: Catalogue;
  readonly #root: string;
  readonly #namespaces: () => Promise<KubeObject[]>;
  readonly #collections = new Map<Served, Collection>();
  readonly #changes: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  #latest = 1;

  /** `namespaces` gives the Namespace objects of a snapshot that has no file with them. */
  constructor(catalogue: Catalogue, root: string, namespaces: () => Promise<KubeObject[]>) {
    this.catalogue = catalogue;
    this.#root = root;
    this.#namespaces = namespaces;
  }

  /** The version of the newest object loaded or written: what a list is stamped with. */
  get resourceVersion(): string {
    return String(this.#latest);
  }

  /** How many writes there were. */
  get revision(): number {
    return this.#changes.length;
  }

  /** A collection with the objects of one namespace (or all) loaded. */
  async open(served: Served, namespace: string | undefined, signal: AbortSignal): Promise<Collection> {
    let collection = this.#collections.get(served);
    if (!collection) {
      collection = new Collection(served);
      this.#collections.set(served, collection);
    }
    await collection.load(this.#root, namespace);
    if (served.plural === 'namespaces' && served.group === '' && served.files.length === 0) {
      collection.addLoaded(await this.#namespaces());
    }
    signal.throwIfAborted();
    this.#latest = Math.max(this.#latest, collection.newest);
    return collection;
  }

  /** Stores an object under a new resourceVersion, or removes it, and tells the watches. */
  commit(collection: Collection, before: KubeObject | undefined, after: KubeObject | undefined): KubeObject {
    this.#latest += 1;
    const stamp = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion: this.resourceVersion },
    });
    const change: Change = { resourceVersion: this.#latest, served: collection.served, before };
    let result: KubeObject;
    if (after) {
      result = stamp(after);
      collection.put(result);
      change.after = result;
    } else {
      result = stamp(before!);
      collection.remove(before!);
    }
    this.#changes.push(change);
    for (const listener of this.#listeners) listener(change);
    return result;
  }

  changesSince(resourceVersion: number): Change[] {
    return this.#changes.filter(change => change.resourceVersion > resourceVersion);
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The objects of one kind. */
export class Collection {
  readonly served: Served;
  readonly #loads = new Map<string, Promise<void>>();
  readonly #objects = new Map<string, KubeObject>();
  /** Keys that were written or deleted here: what a file says about them later does not count. */
  readonly #written = new Set<string>();
  readonly #sorted = new Map<string, KubeObject[]>();
  /** Highest numeric resourceVersion among the loaded objects. */
  newest = 0;

  constructor(served: Served) {
    this.served = served;
  }

  async load(root: string, namespace: string | undefined): Promise<void> {
    const wanted = this.served.files.filter(
      file => namespace === undefined || file.namespace === undefined || file.namespace === namespace,
    );
    await Promise.all(
      wanted.map(file => {
        let load = this.#loads.get(file.path);
        if (!load) {
          load = this.#loadFile(root, file).catch(error => {
            this.#loads.delete(file.path);
            throw error;
          });
          this.#loads.set(file.path, load);
        }
        return load;
      }),
    );
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  /** In the order of etcd: by namespace, then name. */
  list(namespace?: string): KubeObject[] {
    const known = this.#sorted.get(namespace ?? '');
    if (known) return known;
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    const sorted = [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, object]) => object);
    this.#sorted.set(namespace ?? '', sorted);
    return sorted;
  }

  put(object: KubeObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    this.#written.add(key);
    this.#objects.set(key, object);
    this.#sorted.clear();
  }

  remove(object: KubeObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    this.#written.add(key);
    this.#objects.delete(key);
    this.#sorted.clear();
  }

  addLoaded(objects: KubeObject[]): void {
    for (const object of objects) {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      if (this.#written.has(key) || this.#objects.has(key)) continue;
      this.#objects.set(key, object);
      this.newest = Math.max(this.newest, Number(object.metadata.resourceVersion) || 0);
    }
    this.#sorted.clear();
  }

  async #loadFile(root: string, file: { path: string; namespace?: string }): Promise<void> {
    const content = await readObjects(root, file.path);
    const { group, version, kind, namespaced } = this.served;
    const apiVersion = content.apiVersion || (group ? `${group}/${version}` : version);
    const objects = content.items.map(item =>
      asObject(item, { apiVersion, kind, namespaced }, file.namespace),
    );
    this.addLoaded(objects.filter(object => object !== undefined));
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
