import { isForbidden } from '../../cluster/errors.ts';
import type { ClusterClient } from '../../cluster/port.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { isAbort, messageOf } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { isRecord } from '../../shared/json.ts';
import { noteSecretValues } from './logs/safe-quote.ts';
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

const PARALLEL = 6;

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
 * without pods there is nothing to be said about the health of anything, so their refusal rejects.
 */
export async function gather(options: GatherOptions): Promise<World> {
  const kinds = [...new Set([...ALWAYS, ...options.kinds])];
  const states = new Map<string, KindState>();
  const hidden = new Set<string>();
  const events: KubeObject[] = [];
  await inParallel([...kinds, 'Event'], PARALLEL, async kind => {
    const state = await listKind(options, kind, hidden);
    if (kind === 'Event') events.push(...state.items);
    else states.set(kind, state);
  });
  if (options.namespace !== '*' && states.get('Pod')?.items.some(waitsForNode)) {
    states.set('PodRequests', await podRequests(options));
  }
  const clusterEvents = options.namespace === '*' ? [] : await nodeEvents(options, states);
  const records = [...events, ...clusterEvents].map(eventRecord);
  const snapshot = options.cluster.info.source === 'snapshot';
  const now = snapshot ? Math.max(newest(states, records), await lastRenewal(options)) : options.now;
  return new World({
    now: now || options.now,
    scope: options.namespace,
    kinds: states,
    events: records,
    hidden: [...hidden],
  });
}

async function listKind(
  options: GatherOptions,
  kind: string,
  hidden = new Set<string>(),
): Promise<KindState> {
  if (WIDE.has(kind) && options.namespace !== '*') {
    const wide = await listKind({ ...options, namespace: '*' }, kind);
    if (wide.known) return wide;
  }
  try {
    const { items } = await options.cluster.listAll(
      {
        kind: QUALIFIED[kind] ?? kind,
        ...(CLUSTER_SCOPED.has(kind) ? {} : { namespace: options.namespace }),
      },
      options.signal,
    );
    if (kind === 'Secret') for (const item of items) noteSecretValues(item, hidden);
    const named = items.map(item => (kind === 'Event' ? item : slim({ ...item, kind })));
    // A snapshot leaves out what it may not hold, so an empty list of these proves nothing.
    const silent = options.cluster.info.source === 'snapshot' && items.length === 0;
    const withheld = silent && /^(Secret|ConfigMap|ServiceAccount|PriorityClass|Role)/.test(kind);
    const known = !withheld || (await heldElsewhere(options, kind));
    return { known, items: named };
  } catch (error) {
    if (isAbort(error, options.signal) || (kind === 'Pod' && isForbidden(error))) throw error;
    return { known: false, items: [], problem: messageOf(error) };
  }
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
async function nodeEvents(options: GatherOptions, states: Map<string, KindState>): Promise<KubeObject[]> {
  if (options.namespace === 'default' || !states.get('Node')?.known) return [];
  const state = await listKind({ ...options, namespace: 'default' }, 'Event');
  return state.items.filter(event => event['involvedObject']?.kind === 'Node');
}

/** When a kubelet last renewed its lease, every ten seconds: what tells the time in a quiet namespace's snapshot. */
async function lastRenewal(options: GatherOptions): Promise<number> {
  const { items } = await listKind({ ...options, namespace: 'kube-node-lease' }, 'Lease');
  return Math.max(0, ...items.map(lease => millis(lease.spec?.renewTime)));
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
  return { ...rest, metadata: { ...object.metadata, annotations: {} }, data: keys } as KubeObject;
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

/** The time a snapshot was taken, as near as its objects tell. */
function newest(states: Map<string, KindState>, events: EventRecord[]): number {
  let latest = 0;
  for (const event of events) latest = Math.max(latest, event.last);
  for (const kind of ['Pod', 'Node', 'Deployment', 'Job']) {
    for (const item of states.get(kind)?.items ?? []) {
      latest = Math.max(latest, millis(item.metadata.creationTimestamp));
      for (const condition of item.status?.conditions ?? []) {
        latest = Math.max(
          latest,
          millis(condition.lastTransitionTime),
          millis(condition.lastHeartbeatTime),
          millis(condition.lastUpdateTime),
        );
      }
      for (const status of item.status?.containerStatuses ?? []) {
        for (const state of [status.state, status.lastState]) {
          latest = Math.max(latest, millis(state?.running?.startedAt), millis(state?.terminated?.finishedAt));
        }
      }
    }
  }
  return latest;
}
