import type { KubeObject } from '../../cluster/types.ts';
import type { LogEvidence } from './logs/evidence.ts';
import type { Ref } from './types.ts';

/** An event of any API version, flattened. Times are Unix milliseconds, 0 where unknown. */
export interface EventRecord {
  type: string;
  reason: string;
  message: string;
  count: number;
  first: number;
  last: number;
  object: Ref & { uid?: string; fieldPath?: string };
}

/** What is known of one kind: all of it, or nothing (forbidden, not served, left out of a snapshot). */
export interface KindState {
  known: boolean;
  items: KubeObject[];
  /** Why nothing is known. */
  problem?: string;
}

/** Everything the modes may look at, gathered once. Pure lookups, no input or output. */
export class World {
  /** Unix milliseconds: the newest time seen in a snapshot, the clock for a live cluster. */
  readonly now: number;
  /** The namespace that was asked about, or '*'. */
  readonly scope: string;
  readonly hidden: readonly string[];
  readonly #kinds: Map<string, KindState>;
  readonly #events = new Map<string, EventRecord[]>();
  readonly #logs: Map<string, LogEvidence>;
  readonly #byUid = new Map<string, KubeObject>();
  readonly #children = new Map<string, KubeObject[]>();
  /** By kind and namespace, filled when first asked for. */
  readonly #places = new Map<string, Map<string, KubeObject[]>>();
  readonly #names = new Map<string, KubeObject>();

  constructor(parts: {
    now: number;
    scope: string;
    kinds: Map<string, KindState>;
    events: EventRecord[];
    /** Values of Secrets; kept only to keep them out of every text. */
    hidden?: string[];
    logs?: Map<string, LogEvidence>;
  }) {
    this.now = parts.now;
    this.scope = parts.scope;
    this.hidden = parts.hidden ?? [];
    this.#kinds = parts.kinds;
    this.#logs = parts.logs ?? new Map();
    for (const [kind, state] of parts.kinds) {
      for (const item of state.items) this.#index(kind, item);
    }
    for (const event of parts.events) {
      const key = `${event.object.kind}/${event.object.namespace}/${event.object.name}`;
      const list = this.#events.get(key);
      if (list) list.push(event);
      else this.#events.set(key, [event]);
    }
    for (const list of this.#events.values()) list.sort((a, b) => b.last - a.last);
  }

  #index(kind: string, item: KubeObject): void {
    this.#names.set(`${kind}/${item.metadata.namespace ?? ''}/${item.metadata.name}`, item);
    if (item.metadata.uid) this.#byUid.set(item.metadata.uid, item);
    for (const owner of item.metadata.ownerReferences ?? []) {
      const list = this.#children.get(owner.uid);
      if (list) list.push(item);
      else this.#children.set(owner.uid, [item]);
    }
  }

  all(kind: string): KubeObject[] {
    return this.#kinds.get(kind)?.items ?? [];
  }

  /** Objects inside the scope; some kinds are gathered from every namespace to name what was meant. */
  mine(kind: string): KubeObject[] {
    return this.scope === '*' ? this.all(kind) : this.in(kind, this.scope);
  }

  in(kind: string, namespace: string): KubeObject[] {
    let places = this.#places.get(kind);
    if (!places) {
      places = Map.groupBy(this.all(kind), item => item.metadata.namespace ?? '');
      this.#places.set(kind, places);
    }
    return places.get(namespace) ?? [];
  }

  /** False when the list could not be had, so that absence from it proves nothing. */
  knows(kind: string): boolean {
    return this.#kinds.get(kind)?.known ?? false;
  }

  get(kind: string, namespace: string, name: string): KubeObject | undefined {
    return this.#names.get(`${kind}/${namespace}/${name}`);
  }

  byUid(uid: string): KubeObject | undefined {
    return this.#byUid.get(uid);
  }

  childrenOf(object: KubeObject): KubeObject[] {
    return object.metadata.uid ? (this.#children.get(object.metadata.uid) ?? []) : [];
  }

  /** Newest first; events of an earlier object of the same name are left out. */
  eventsOf(object: KubeObject, kind = object.kind): EventRecord[] {
    const { namespace = '', name, uid } = object.metadata;
    const list = this.#events.get(`${kind}/${namespace}/${name}`) ?? [];
    return list.filter(event => !uid || !event.object.uid || event.object.uid === uid || kind === 'Node');
  }

  allEvents(): EventRecord[] {
    return [...this.#events.values()].flat();
  }

  log(pod: KubeObject, container: string): LogEvidence | undefined {
    return this.#logs.get(logKey(pod, container));
  }

  /** The same evidence with container logs added. */
  withLogs(logs: Map<string, LogEvidence>): World {
    return new World({
      now: this.now,
      scope: this.scope,
      hidden: [...this.hidden],
      kinds: this.#kinds,
      events: this.allEvents(),
      logs,
    });
  }
}

export function logKey(pod: KubeObject, container: string): string {
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}/${container}`;
}

export function refOf(object: KubeObject, kind = object.kind): Ref {
  return { kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** `Pod shop/checkout-1`, `Node worker-2`. */
export function refText(ref: Ref): string {
  return `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}

export function millis(time: unknown): number {
  const value = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(value) ? 0 : value;
}

export function matchesLabels(
  selector: Record<string, string> | undefined,
  labels: Record<string, string> | undefined,
): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
}
