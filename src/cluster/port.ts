import type { ClusterInfo, TransportRequest, TransportResponse } from './transport.ts';
import type { ApiResource, KubeObject } from './types.ts';

/**
 * The typed client that capabilities use, above any Transport. Kinds are named as a person would name them:
 * `Pod`, `pods`, `po`, `deploy`, `apps/v1 Deployment`, `certificates.cert-manager.io`; discovery resolves them.
 * An unknown kind rejects with `UnknownKindError`, whose hint names the nearest kinds the cluster serves.
 */
export interface ClusterClient {
  readonly info: ClusterInfo;

  resources(signal: AbortSignal): Promise<ApiResource[]>;
  resolve(kind: string, signal: AbortSignal): Promise<ApiResource>;
  version(signal: AbortSignal): Promise<Record<string, string>>;

  get(target: ObjectRef, signal: AbortSignal): Promise<KubeObject>;
  /** Streams a list page by page, item by item: `managedFields` and last-applied stripped, `fields` selected. */
  list(query: ListQuery, signal: AbortSignal): AsyncIterable<KubeObject>;
  /** `list` collected, with the list's resourceVersion and whether `limit` cut it. */
  listAll(query: ListQuery, signal: AbortSignal): Promise<ListResult>;
  /** Events of a watch (ADDED, MODIFIED, DELETED); reconnects, ends with the signal. */
  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchEvent>;

  /** One container's log, line by line, cleaned of control characters. */
  logs(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;

  create(object: KubeObject, options: WriteOptions, signal: AbortSignal): Promise<KubeObject>;
  replace(object: KubeObject, options: WriteOptions, signal: AbortSignal): Promise<KubeObject>;
  /** Server-side apply with field manager `kv`. */
  apply(
    object: KubeObject,
    options: WriteOptions & { force?: boolean },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  patch(target: ObjectRef, patch: Patch, options: WriteOptions, signal: AbortSignal): Promise<KubeObject>;
  delete(target: ObjectRef, options: DeleteOptions, signal: AbortSignal): Promise<void>;
  /** The Eviction subresource; a PodDisruptionBudget that forbids it rejects with ApiError 429. */
  evict(target: ObjectRef, options: DeleteOptions, signal: AbortSignal): Promise<void>;
  /** Runs a command in a container and collects its output (at most `maxBytes`). Live clusters only. */
  exec(target: ExecTarget, signal: AbortSignal): Promise<ExecResult>;
  /** SelfSubjectAccessReview. */
  can(check: AccessCheck, signal: AbortSignal): Promise<{ allowed: boolean; reason?: string }>;

  /** Any other path (metrics, raw subresources), through the same transport. */
  request(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

export interface ObjectRef {
  /** Kind, plural, short name, or with a group: `apps/v1 Deployment`, `deployments.apps`. */
  kind: string;
  name: string;
  /** Ignored for cluster-scoped kinds; defaults to the client's namespace. */
  namespace?: string;
  subresource?: string;
}

export interface ListQuery {
  kind: string;
  /** A namespace, or '*' for all; defaults to the client's namespace. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Dotted paths to keep, traversing arrays (`status.containerStatuses.restartCount`); absent keeps all. */
  fields?: string[];
  /** Stop after so many items in all. */
  limit?: number;
  /** Items a page; default 500. */
  pageSize?: number;
}

export interface ListResult {
  items: KubeObject[];
  resourceVersion: string;
  /** True when `limit` ended the list before the cluster did. */
  truncated: boolean;
}

export interface WatchQuery extends Omit<ListQuery, 'limit' | 'pageSize'> {
  /** Watch one object by name. */
  name?: string;
  resourceVersion?: string;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

export interface LogQuery {
  namespace: string;
  pod: string;
  container?: string;
  previous?: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  /** RFC 3339. */
  sinceTime?: string;
  limitBytes?: number;
  follow?: boolean;
}

export interface LogLine {
  /** RFC 3339 with nanoseconds as the kubelet wrote it; '' where it is unknown. */
  time: string;
  text: string;
}

export interface WriteOptions {
  /** Ask the server what would happen, change nothing. */
  dryRun?: boolean;
  fieldManager?: string;
}

export interface DeleteOptions extends WriteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

export interface Patch {
  type: 'merge' | 'strategic' | 'json';
  body: unknown;
}

export interface ExecTarget {
  namespace: string;
  pod: string;
  container?: string;
  command: string[];
  maxBytes?: number;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  truncated: boolean;
}

export interface AccessCheck {
  verb: string;
  kind: string;
  namespace?: string;
  name?: string;
  subresource?: string;
}
