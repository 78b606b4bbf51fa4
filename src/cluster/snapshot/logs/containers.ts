import type { KubeObject } from '../../types.ts';

interface ContainerStatus {
  name: string;
  state?: { waiting?: { reason?: string }; running?: object; terminated?: object };
  lastState?: { terminated?: object };
}

const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

export function containerNames(pod: KubeObject, list: (typeof LISTS)[number] = 'containers'): string[] {
  const containers = (pod['spec']?.[list] ?? []) as Array<{ name: string }>;
  return containers.map(container => container.name);
}

export function isContainerOf(pod: KubeObject, name: string): boolean {
  return LISTS.some(list => containerNames(pod, list).includes(name));
}

export function statusOf(pod: KubeObject, name: string): ContainerStatus | undefined {
  const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];
  const all = lists.flatMap(list => (pod['status']?.[list] ?? []) as ContainerStatus[]);
  return all.find(status => status.name === name);
}

/** Why a container has not started, if it waits; a pod without statuses has just been taken by its node. */
export function waitingState(pod: KubeObject, name: string): string | undefined {
  const status = statusOf(pod, name);
  if (!status) return pod['status']?.phase === 'Pending' ? 'ContainerCreating' : undefined;
  return status.state?.waiting ? (status.state.waiting.reason ?? 'ContainerCreating') : undefined;
}

/** How the last run ended, when there was one. */
export function previousState(pod: KubeObject, name: string): object | undefined {
  return statusOf(pod, name)?.lastState?.terminated;
}
