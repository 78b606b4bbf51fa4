import type { KubeObject } from '../../cluster/types.ts';
import { joinedKinds } from './joined.ts';
import type { LogEvidence } from './logs/evidence.ts';
import type { Ref } from './types.ts';
import { WorldIndex } from './world-index.ts';

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
  /** Other namespaces that were gathered as well, because what is in the scope depends on them. */
  readonly beyond: readonly string[];
  readonly #index: WorldIndex;
  readonly #logs: Map<string, LogEvidence>;

  constructor(parts: {
    now: number;
    scope: string;
    kinds: ReadonlyMap<string, KindState>;
    events: EventRecord[];
    /** Values of Secrets; kept only to keep them out of every text. */
    hidden?: readonly string[];
    /** Of an earlier world over the same objects. */
    index?: WorldIndex;
    logs?: Map<string, LogEvidence>;
    beyond?: readonly string[];
  }) {
    this.now = parts.now;
    this.scope = parts.scope;
    this.hidden = parts.hidden ?? [];
    this.beyond = parts.beyond ?? [];
    this.#index = parts.index ?? new WorldIndex(parts.kinds, parts.events);
    this.#logs = parts.logs ?? new Map();
  }

  all(kind: string): KubeObject[] {
    return this.#index.kinds.get(kind)?.items ?? [];
  }

  /** Objects inside the scope; some kinds are gathered from every namespace to name what was meant. */
  mine(kind: string): KubeObject[] {
    return this.scope === '*' ? this.all(kind) : this.in(kind, this.scope);
  }

  /** Pods inside the scope but those that are ready and never restarted, or have ended well. */
  unwellPods(): KubeObject[] {
    const pods = this.#index.unwellPods();
    return this.scope === '*' ? pods : pods.filter(pod => pod.metadata.namespace === this.scope);
  }

  in(kind: string, namespace: string): KubeObject[] {
    return this.#index.place(kind, namespace)?.items ?? [];
  }

  /** False when the list could not be had, so that absence from it proves nothing. */
  knows(kind: string): boolean {
    return this.#index.kinds.get(kind)?.known ?? false;
  }

  /** False when the pods of a namespace were not gathered, so that their absence proves nothing. */
  covers(namespace: string): boolean {
    return this.scope === '*' || this.scope === namespace || this.beyond.includes(namespace);
  }

  get(kind: string, namespace: string, name: string): KubeObject | undefined {
    return this.#index.named(kind, namespace, name);
  }

  byUid(uid: string): KubeObject | undefined {
    return this.#index.byUid(uid);
  }

  childrenOf(object: KubeObject): KubeObject[] {
    return object.metadata.uid ? this.#index.children(object.metadata.uid) : [];
  }

  /** Pods bound to a node. */
  podsOn(node: string): KubeObject[] {
    return this.#index.podsOn(node);
  }

  /** Newest first; events of an earlier object of the same name are left out. */
  eventsOf(object: KubeObject, kind = object.kind): EventRecord[] {
    const { namespace = '', name, uid } = object.metadata;
    const list = this.#index.events.get(`${kind}/${namespace}/${name}`) ?? [];
    return list.filter(event => !uid || !event.object.uid || event.object.uid === uid || kind === 'Node');
  }

  allEvents(): EventRecord[] {
    return [...this.#index.events.values()].flat();
  }

  log(pod: KubeObject, container: string): LogEvidence | undefined {
    return this.#logs.get(logKey(pod, container));
  }

  /** The same evidence with container logs added. */
  withLogs(logs: Map<string, LogEvidence>): World {
    const { now, scope, hidden, beyond } = this;
    const index = this.#index;
    return new World({ now, scope, hidden, beyond, kinds: index.kinds, events: [], index, logs });
  }

  /** The same evidence with that of another namespace added. */
  with(other: World): World {
    const { now, scope } = this;
    return new World({
      now,
      scope,
      hidden: [...this.hidden, ...other.hidden],
      beyond: [...this.beyond, other.scope],
      kinds: joinedKinds(this.#index.kinds, other.#index.kinds),
      // Both have those of the nodes.
      events: [...this.allEvents(), ...other.allEvents().filter(event => event.object.kind !== 'Node')],
      logs: new Map([...this.#logs, ...other.#logs]),
    });
  }

  /** The same evidence, seen from one of the namespaces beyond. */
  from(scope: string): World {
    if (scope === this.scope) return this;
    const { now, hidden } = this;
    const index = this.#index;
    const beyond = [this.scope, ...this.beyond].filter(namespace => namespace !== scope);
    const logs = this.#logs;
    return new World({ now, scope, hidden, beyond, kinds: index.kinds, events: [], index, logs });
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
