import type { KubeObject } from '../../cluster/types.ts';
import { isWell } from './well.ts';
import type { EventRecord, KindState } from './world.ts';

type ByName = Map<string, KubeObject>;

/** The objects of one kind in one namespace. */
interface Place {
  items: KubeObject[];
  /** Only where a name has been asked for. */
  names?: ByName;
}

/** Ways to find the objects of a world; each is made when it is first asked for. */
export class WorldIndex {
  readonly kinds: ReadonlyMap<string, KindState>;
  /** By `kind/namespace/name`, newest first. */
  readonly events = new Map<string, EventRecord[]>();
  /** By kind and namespace. */
  readonly #places = new Map<string, Map<string, Place>>();
  #uids: ByName | undefined;
  #unwell: KubeObject[] | undefined;
  #owned: Map<string, KubeObject[]> | undefined;
  #hosted: Map<string, KubeObject[]> | undefined;

  constructor(kinds: ReadonlyMap<string, KindState>, events: readonly EventRecord[]) {
    this.kinds = kinds;
    for (const event of events) {
      const key = `${event.object.kind}/${event.object.namespace}/${event.object.name}`;
      const list = this.events.get(key);
      if (list) list.push(event);
      else this.events.set(key, [event]);
    }
    for (const list of this.events.values()) list.sort((a, b) => b.last - a.last);
  }

  place(kind: string, namespace: string): Place | undefined {
    let places = this.#places.get(kind);
    if (!places) {
      places = new Map();
      for (const item of this.kinds.get(kind)?.items ?? []) {
        const { namespace: of = '' } = item.metadata;
        const place = places.get(of);
        if (place) place.items.push(item);
        else places.set(of, { items: [item] });
      }
      this.#places.set(kind, places);
    }
    return places.get(namespace);
  }

  named(kind: string, namespace: string, name: string): KubeObject | undefined {
    const place = this.place(kind, namespace);
    if (!place) return undefined;
    place.names ??= new Map(place.items.map(item => [item.metadata.name, item]));
    return place.names.get(name);
  }

  /** Pods whose status has something to tell: a few among very many. */
  unwellPods(): KubeObject[] {
    this.#unwell ??= (this.kinds.get('Pod')?.items ?? []).filter(pod => !isWell(pod));
    return this.#unwell;
  }

  /** Any object but a pod. */
  byUid(uid: string): KubeObject | undefined {
    if (!this.#uids) {
      this.#uids = new Map();
      for (const [kind, { items }] of this.kinds) {
        // Pods own nothing, and are most of all objects.
        if (kind === 'Pod' || kind === 'PodRequests') continue;
        for (const item of items) if (item.metadata.uid) this.#uids.set(item.metadata.uid, item);
      }
    }
    return this.#uids.get(uid);
  }

  /** What names the object as an owner. */
  children(uid: string): KubeObject[] {
    this.#owned ??= grouped(
      [...this.kinds.values()].flatMap(state => state.items),
      item => (item.metadata.ownerReferences ?? []).map(owner => owner.uid),
    );
    return this.#owned.get(uid) ?? [];
  }

  podsOn(node: string): KubeObject[] {
    const pods = () => this.kinds.get('Pod')?.items ?? [];
    this.#hosted ??= grouped(pods(), pod => (pod.spec?.nodeName ? [pod.spec.nodeName as string] : []));
    return this.#hosted.get(node) ?? [];
  }
}

function grouped(
  items: readonly KubeObject[],
  keysOf: (item: KubeObject) => string[],
): Map<string, KubeObject[]> {
  const groups = new Map<string, KubeObject[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  }
  return groups;
}
