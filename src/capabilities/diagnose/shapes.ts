import type { KubeObject } from '../../cluster/types.ts';

/** The parts of pods that the modes read. Fields that a server leaves out are absent here too. */
export interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  ports?: Array<{ name?: string; containerPort: number; hostPort?: number; protocol?: string }>;
  env?: EnvVar[];
  envFrom?: Array<{
    prefix?: string;
    configMapRef?: { name: string; optional?: boolean };
    secretRef?: { name: string; optional?: boolean };
  }>;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  volumeMounts?: Array<{ name: string; mountPath: string; subPath?: string; readOnly?: boolean }>;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { postStart?: { exec?: { command?: string[] } } };
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; readOnlyRootFilesystem?: boolean };
  restartPolicy?: string;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    configMapKeyRef?: { name: string; key: string; optional?: boolean };
    secretKeyRef?: { name: string; key: string; optional?: boolean };
  };
}

export interface Probe {
  httpGet?: { path?: string; port: number | string; scheme?: string };
  tcpSocket?: { port: number | string };
  grpc?: { port: number; service?: string };
  exec?: { command?: string[] };
  initialDelaySeconds?: number;
  timeoutSeconds?: number;
  periodSeconds?: number;
  failureThreshold?: number;
}

export interface Terminated {
  exitCode: number;
  reason?: string;
  message?: string;
  signal?: number;
  startedAt?: string;
  finishedAt?: string;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: Terminated;
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  image?: string;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** A container of a pod with what the kubelet reports about it. */
export interface PodContainer {
  pod: KubeObject;
  container: Container;
  status: ContainerStatus | undefined;
  init: boolean;
}

export function containersOf(pod: KubeObject): PodContainer[] {
  const statuses = (list: ContainerStatus[] | undefined, name: string) =>
    list?.find(status => status.name === name);
  const spec = pod.spec ?? {};
  return [
    ...((spec.initContainers ?? []) as Container[]).map(container => ({
      pod,
      container,
      status: statuses(pod.status?.initContainerStatuses, container.name),
      init: true,
    })),
    ...((spec.containers ?? []) as Container[]).map(container => ({
      pod,
      container,
      status: statuses(pod.status?.containerStatuses, container.name),
      init: false,
    })),
  ];
}

/** A native sidecar: an init container that keeps running. */
export function isSidecar(item: PodContainer): boolean {
  return item.init && item.container.restartPolicy === 'Always';
}

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return ((object.status?.conditions ?? []) as Condition[]).find(condition => condition.type === type);
}

export function isPodReady(pod: KubeObject): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

export function isFinished(pod: KubeObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The ports a container declares, as a reader would list them: `8080 (http)`. */
export function portsText(container: Container): string {
  const ports = container.ports ?? [];
  return ports.map(port => `${port.containerPort}${port.name ? ` (${port.name})` : ''}`).join(', ');
}
