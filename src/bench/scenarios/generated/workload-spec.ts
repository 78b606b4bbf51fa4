/** One workload of the made-up cluster: a Deployment with its ReplicaSet, pods, Service and metrics. */
export interface WorkloadSpec {
  namespace: string;
  name: string;
  replicas: number;
  image: string;
  ageSeconds: number;
  port?: number;
  env?: Array<Record<string, unknown>>;
  envFrom?: Array<Record<string, unknown>>;
  command?: string[];
  resources?: Record<string, Record<string, string>>;
  volumes?: Array<{ volume: Record<string, unknown>; mountPath: string }>;
  /** Path of the readiness probe; default: there is none. */
  readinessPath?: string;
  /** The Service's selector where it differs from the pods' labels. */
  serviceSelector?: Record<string, string>;
  /** The name of its EndpointSlice where something refers to it; default: a generated one. */
  endpointSlice?: string;
  extraLabels?: Record<string, string>;
  /** How a pod of it is; default: running and ready. */
  state?: PodState | ((index: number) => PodState);
  /** Memory that a pod uses, in Mi; default: some 20 to 190. */
  usesMi?: (index: number) => number;
  /** The node of each pod; default: any. */
  node?: (index: number) => string;
  /** Lines of each pod's current log. */
  log?: PodLog;
  previousLog?: PodLog;
  /** Turns what is deployed into what `kubectl apply` was last given; default: they are the same. */
  applied?: (manifest: Manifest) => void;
}

export type PodLog = (pod: string, index: number) => Iterable<string> | undefined;

/** A Deployment as somebody would write it into a file. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec: {
    replicas: number;
    selector: Record<string, unknown>;
    template: { metadata: Record<string, unknown>; spec: { containers: ManifestContainer[] } };
  };
}

export interface ManifestContainer {
  image: string;
  env?: Array<Record<string, unknown>>;
  resources: Record<string, Record<string, string>>;
  [field: string]: unknown;
}

export interface LastExit {
  code: number;
  reason: string;
  secondsAgo: number;
}

export type PodState =
  | { kind: 'running'; restarts?: number; lastExit?: LastExit }
  | { kind: 'not-ready'; probe: string }
  | { kind: 'crash-loop'; restarts: number; exitCode: number; reason: 'Error' | 'OOMKilled' }
  | {
      kind: 'waiting';
      reason: string;
      message: string;
      events: Array<{ type: string; reason: string; message: string; count: number }>;
    }
  | { kind: 'unscheduled'; message: string };

/** The state of one pod of a workload. */
export function stateOf(spec: WorkloadSpec, index: number): PodState {
  if (typeof spec.state === 'function') return spec.state(index);
  return spec.state ?? { kind: 'running' };
}
