import { containerStatuses, failingContainer } from '../../cluster/pod-status.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { KvError } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';

/** Names of a pod's containers: main, then init, then ephemeral. */
export function containerNames(pod: KubeObject): string[] {
  const specs: Array<{ name: string }> = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []),
    ...(pod.spec?.ephemeralContainers ?? []),
  ];
  return specs.map(spec => spec.name);
}

/**
 * The container to look at: the named one (a wrong name rejects with the valid ones), else a failing one, else
 * the pod's default, else the first.
 */
export function chooseContainer(pod: KubeObject, wanted: string | undefined): string {
  const names = containerNames(pod);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    const near = nearest(wanted, names, 1)[0];
    throw new KvError('failed', `Pod "${pod.metadata.name}" has no container "${wanted}".`, {
      hint: near ? `Did you mean "${near}"? It has: ${names.join(', ')}.` : `It has: ${names.join(', ')}.`,
      facts: { containers: names },
    });
  }
  const marked = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  const failing = failingContainer(pod)?.name;
  return failing ?? (marked && names.includes(marked) ? marked : (names[0] ?? ''));
}

/** The container that a command can run in: the named one, else the pod's default, else the first that runs. */
export function runningContainer(pod: KubeObject, wanted: string | undefined): string {
  if (wanted !== undefined) return chooseContainer(pod, wanted);
  const names = containerNames(pod);
  const marked = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (marked && names.includes(marked)) return marked;
  const running = containerStatuses(pod).filter(status => status.state?.running);
  return names.find(name => running.some(status => status.name === name)) ?? names[0] ?? '';
}
