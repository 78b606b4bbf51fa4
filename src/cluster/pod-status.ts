import type { KubeObject } from './types.ts';

/** The parts of a container status that are read here. */
export interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: {
    exitCode?: number;
    signal?: number;
    reason?: string;
    message?: string;
    finishedAt?: string;
  };
}

export interface PodStatusColumns {
  /** kubectl's STATUS column. */
  status: string;
  ready: number;
  containers: number;
  restarts: number;
}

/** What `kubectl get pods` prints for a pod; follows `printPod` in pkg/printers/internalversion/printers.go. */
export function podColumns(pod: KubeObject): PodStatusColumns {
  const sidecars = new Set<string>(
    (pod.spec?.initContainers ?? [])
      .filter((container: { restartPolicy?: string }) => container.restartPolicy === 'Always')
      .map((container: { name: string }) => container.name),
  );
  const conditions: Array<{ type: string; status: string; reason?: string }> = pod.status?.conditions ?? [];
  let status: string = pod.status?.reason || pod.status?.phase || 'Unknown';
  if (conditions.some(item => item.type === 'PodScheduled' && item.reason === 'SchedulingGated')) {
    status = 'SchedulingGated';
  }
  const init = initPhase(pod, sidecars);
  let { ready, restarts } = init;
  if (init.status !== undefined) status = init.status;
  const initialized = conditions.some(item => item.type === 'Initialized' && item.status === 'True');
  if (init.status === undefined || initialized) {
    restarts = init.sidecarRestarts;
    let running = false;
    for (const container of containerStatuses(pod).reverse()) {
      restarts += container.restartCount ?? 0;
      const { waiting, terminated } = container.state ?? {};
      if (waiting?.reason) status = waiting.reason;
      else if (terminated) status = terminatedText(terminated);
      else if (container.ready && container.state?.running) {
        running = true;
        ready += 1;
      }
    }
    if (status === 'Completed' && running) {
      const podReady = conditions.some(item => item.type === 'Ready' && item.status === 'True');
      status = podReady ? 'Running' : 'NotReady';
    }
  }
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (pod.metadata.deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') status = 'Unknown';
    else if (!over) status = 'Terminating';
  }
  return { status, ready, containers: (pod.spec?.containers?.length ?? 0) + sidecars.size, restarts };
}

interface InitPhase {
  /** Set while init containers are not done. */
  status: string | undefined;
  ready: number;
  restarts: number;
  sidecarRestarts: number;
}

function initPhase(pod: KubeObject, sidecars: Set<string>): InitPhase {
  const statuses: ContainerStatus[] = pod.status?.initContainerStatuses ?? [];
  const phase: InitPhase = { status: undefined, ready: 0, restarts: 0, sidecarRestarts: 0 };
  for (const [index, container] of statuses.entries()) {
    phase.restarts += container.restartCount ?? 0;
    if (sidecars.has(container.name)) phase.sidecarRestarts += container.restartCount ?? 0;
    const { waiting, terminated } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) phase.ready += 1;
      continue;
    }
    if (terminated) phase.status = `Init:${terminatedText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') phase.status = `Init:${waiting.reason}`;
    else phase.status = `Init:${index}/${pod.spec?.initContainers?.length ?? statuses.length}`;
    break;
  }
  return phase;
}

function terminatedText(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

/** Statuses of the main containers, as a new array. */
export function containerStatuses(pod: KubeObject): ContainerStatus[] {
  return [...(pod.status?.containerStatuses ?? [])];
}

/** Statuses of init, main and ephemeral containers, in that order. */
export function allContainerStatuses(pod: KubeObject): ContainerStatus[] {
  return [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ];
}

/** True when a container failed, waits for something it cannot get, or is not ready. Finished init containers are fine. */
export function isTroubled(container: ContainerStatus): boolean {
  const { waiting, terminated } = container.state ?? {};
  if (terminated) return terminated.exitCode !== 0;
  if (waiting) return waiting.reason !== 'PodInitializing' && waiting.reason !== 'ContainerCreating';
  return container.ready === false;
}

/** The container that a person would look at first: a failing one, in start order; undefined when all are well. */
export function failingContainer(pod: KubeObject): ContainerStatus | undefined {
  const all = allContainerStatuses(pod);
  return (
    all.find(item => isTroubled(item) && item.state?.running === undefined) ??
    all.find(isTroubled) ??
    all.find(item => (item.lastState?.terminated?.exitCode ?? 0) !== 0)
  );
}
