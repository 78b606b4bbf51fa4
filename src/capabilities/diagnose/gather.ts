import { publicPart } from '../../cluster/index.ts';
import type { ClusterClient } from '../../cluster/port.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { isAbort, KvError, messageOf } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { isRecord } from '../../shared/json.ts';
import { Compactor } from './compact.ts';
import { noteSecretValues } from './logs/safe-quote.ts';
import { newestTime } from './newest.ts';
import { type EventRecord, type KindState, millis, World } from './world.ts';

/** Kinds that are listed once for the whole cluster, whatever is asked about. */
const CLUSTER_SCOPED = new Set([
  'Node',
  'PersistentVolume',
  'StorageClass',
  'IngressClass',
  'Namespace',
  'PriorityClass',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'RuntimeClass',
  'VolumeAttachment',
  'CSIDriver',
  'ClusterRole',
  'ClusterRoleBinding',
]);

const ALWAYS = ['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Node', 'Namespace'];

/** Kinds whose discovery names are ambiguous across API groups. */
const QUALIFIED: Record<string, string> = {
  Event: 'v1 Event',
  Ingress: 'networking.k8s.io/v1 Ingress',
  NetworkPolicy: 'networking.k8s.io/v1 NetworkPolicy',
};

/** Gathered from every namespace where that is allowed: names in logs and Ingresses point across namespaces. */
const WIDE = new Set(['Service']);

/** Events of every pod that starts; over a whole cluster they are most of all events and explain nothing. */
const ROUTINE = /^(?:Scheduled|Pulling|Pulled|Created|Started)$/;

/** Lists at a time; each holds a page. Pods take longest, and the others pass beside them. */
const PARALLEL = 4;

export interface GatherOptions {
  cluster: ClusterClient;
  /** A namespace, or '*'. */
  namespace: string;
  kinds: Iterable<string>;
  signal: AbortSignal;
  /** The clock; used for live clusters only. */
  now: number;
}

/**
 * Reads every kind once. What is forbidden or not served is noted as unknown, not an error, with one exception:
 * without pods there is nothing to be said about the health of anything, so without them it rejects.
 */
export async function gather(options: GatherOptions): Promise<World> {
  const kinds = [...new Set([...ALWAYS, ...options.kinds])];
  const states = new Map<string, KindState>();
  const hidden = new Set<string>();
  const records: EventRecord[] = [];
  let newest = 0;
  const compactor = options.namespace === '*' ? new Compactor() : undefined;
  await inParallel([...kinds, 'Event'], PARALLEL, async kind => {
    const state = await listKind(options, kind, item => {
      if (kind === 'Event') {
        if (!compactor || !ROUTINE.test(item['reason'] ?? '')) records.push(eventRecord(item));
        return undefined;
      }
      if (kind === 'Secret') noteSecretValues(item, hidden);
      newest = Math.max(newest, newestTime(kind, item));
      const named = slim({ ...item, kind });
      return compactor ? compactor.compact(kind, named) : named;
    });
    if (kind !== 'Event') states.set(kind, state);
  });
  if (options.namespace !== '*' && states.get('Pod')?.items.some(waitsForNode)) {
    states.set('PodRequests', await podRequests(options));
  }
  if (options.namespace !== '*') records.push(...(await nodeEvents(options, states)));
  const snapshot = options.cluster.info.source === 'snapshot';
  for (const record of snapshot ? records : []) newest = Math.max(newest, record.last);
  const now = snapshot ? Math.max(newest, await lastRenewal(options)) : options.now;
  return new World({
    now: now || options.now,
    scope: options.namespace,
    kinds: states,
    events: records,
    hidden: [...hidden],
  });
}

/** Reads one kind item by item, so that only what `keep` makes of each is ever held. */
async function listKind(
  options: GatherOptions,
  kind: string,
  keep: (item: KubeObject) => KubeObject | undefined,
): Promise<KindState> {
  if (WIDE.has(kind) && options.namespace !== '*') {
    const wide = await listKind({ ...options, namespace: '*' }, kind, keep);
    if (wide.known) return wide;
  }
  const query = {
    kind: QUALIFIED[kind] ?? kind,
    ...(CLUSTER_SCOPED.has(kind) ? {} : { namespace: options.namespace }),
  };
  const kept: KubeObject[] = [];
  let count = 0;
  try {
    for await (const item of options.cluster.list(query, options.signal)) {
      count += 1;
      const small = keep(item);
      if (small) kept.push(small);
    }
    // A snapshot leaves out what it may not hold, so an empty list of these proves nothing.
    const silent = options.cluster.info.source === 'snapshot' && count === 0;
    const withheld = silent && /^(Secret|ConfigMap|ServiceAccount|PriorityClass|Role)/.test(kind);
    const known = !withheld || (await heldElsewhere(options, kind));
    return { known, items: kept };
  } catch (error) {
    if (isAbort(error, options.signal)) throw error;
    // A namespace that does not exist holds nothing: what is to be said of it is said from the namespaces.
    if (isUnknownNamespace(error)) return { known: true, items: [] };
    if (kind === 'Pod') throw error;
    return { known: false, items: [], problem: messageOf(error) };
  }
}

function isUnknownNamespace(error: unknown): boolean {
  return error instanceof KvError && 'namespace' in error.facts && 'nearest' in error.facts;
}

/** A snapshot that has such objects in other namespaces does not leave the kind out. */
async function heldElsewhere(options: GatherOptions, kind: string): Promise<boolean> {
  if (options.namespace === '*' || CLUSTER_SCOPED.has(kind)) return false;
  const query = { kind, namespace: '*', fields: ['metadata.name'] };
  const { items } = await options.cluster.listAll(query, options.signal);
  return items.length > 0;
}

function waitsForNode(pod: KubeObject): boolean {
  return pod.status?.phase === 'Pending' && !pod.spec?.nodeName;
}

/** What the pods of all namespaces have requested from their nodes: the other half of "Insufficient cpu". */
async function podRequests(options: GatherOptions): Promise<KindState> {
  try {
    const fields = ['metadata.name', 'metadata.namespace', 'spec.nodeName', 'status.phase'];
    const resources = ['spec.containers.resources', 'spec.initContainers.resources', 'spec.overhead'];
    const query = { kind: 'Pod', namespace: '*', fields: [...fields, ...resources] };
    const { items } = await options.cluster.listAll(query, options.signal);
    return { known: true, items: items.map(item => ({ ...item, kind: 'PodRequests' })) };
  } catch (error) {
    if (isAbort(error, options.signal)) throw error;
    return { known: false, items: [], problem: messageOf(error) };
  }
}

/** Events about nodes live in `default`. */
async function nodeEvents(options: GatherOptions, states: Map<string, KindState>): Promise<EventRecord[]> {
  if (options.namespace === 'default' || !states.get('Node')?.known) return [];
  const records: EventRecord[] = [];
  await listKind({ ...options, namespace: 'default' }, 'Event', event => {
    if (event['involvedObject']?.kind === 'Node') records.push(eventRecord(event));
    return undefined;
  });
  return records;
}

/** When a kubelet last renewed its lease, every ten seconds: what tells the time in a quiet namespace's snapshot. */
async function lastRenewal(options: GatherOptions): Promise<number> {
  let last = 0;
  await listKind({ ...options, namespace: 'kube-node-lease' }, 'Lease', lease => {
    last = Math.max(last, millis(lease.spec?.renewTime));
    return undefined;
  });
  return last;
}

/** Values of ConfigMaps and Secrets are replaced by their lengths: modes may know names and keys, nothing else. */
function slim(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' && object.kind !== 'ConfigMap') return object;
  const keys: Record<string, string> = {};
  for (const field of ['data', 'binaryData', 'stringData']) {
    const data: unknown = object[field];
    if (isRecord(data)) for (const key of Object.keys(data)) keys[key] = '';
  }
  const { data: _data, binaryData: _binary, stringData: _text, ...rest } = object;
  const certificate = object.kind === 'Secret' ? publicPart(object) : undefined;
  return {
    ...rest,
    metadata: { ...object.metadata, annotations: {} },
    data: keys,
    ...(certificate ? { certificate } : {}),
  } as KubeObject;
}

function eventRecord(event: KubeObject): EventRecord {
  const target = event['involvedObject'] ?? event['regarding'] ?? {};
  const created = millis(event.metadata.creationTimestamp);
  const series = event['series'];
  const last =
    millis(event['lastTimestamp'] ?? event['deprecatedLastTimestamp']) || millis(series?.lastObservedTime);
  return {
    type: event['type'] ?? 'Normal',
    reason: event['reason'] ?? '',
    message: String(event['message'] ?? event['note'] ?? '').trim(),
    count: event['count'] ?? event['deprecatedCount'] ?? series?.count ?? 1,
    first: millis(event['firstTimestamp']) || millis(event['eventTime']) || created,
    last: last || millis(event['eventTime']) || created,
    object: {
      kind: target.kind ?? '',
      namespace: target.namespace ?? event.metadata.namespace ?? '',
      name: target.name ?? '',
      uid: target.uid,
      fieldPath: target.fieldPath,
    },
  };
}
