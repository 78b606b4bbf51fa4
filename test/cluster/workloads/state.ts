import { getJson, type Kubectl } from '../plane/parts/kubectl.ts';
import { waitFor } from '../plane/wait.ts';

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: object;
    terminated?: { reason?: string };
  };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

export interface PodState {
  metadata: { name: string; namespace: string; labels?: Record<string, string>; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: {
    phase: string;
    conditions?: Array<{ type: string; status: string; reason?: string }>;
    containerStatuses?: ContainerStatus[];
  };
}

/** The pods of one app, as kubectl sees them. */
export async function podsOf(kubectl: Kubectl, namespace: string, app: string): Promise<PodState[]> {
  const list = await getJson<{ items: PodState[] }>(kubectl, 'pods', '-n', namespace, '-l', `app=${app}`);
  return list.items;
}

/** Waits until at least one pod of the app is so, and returns it. */
export function waitForPod(
  kubectl: Kubectl,
  namespace: string,
  app: string,
  what: string,
  holds: (pod: PodState) => boolean,
): Promise<PodState> {
  return waitFor(
    `a pod of ${app} that ${what}`,
    async () => (await podsOf(kubectl, namespace, app)).find(holds),
    {
      timeoutMs: 90_000,
      everyMs: 500,
    },
  );
}

/** True when a container of the pod is waiting for this reason (`CrashLoopBackOff`, …). */
export function isWaiting(pod: PodState, ...reasons: string[]): boolean {
  return (pod.status.containerStatuses ?? []).some(status =>
    reasons.includes(status.state?.waiting?.reason ?? ''),
  );
}

export function lastReason(pod: PodState): string | undefined {
  return pod.status.containerStatuses?.[0]?.lastState?.terminated?.reason;
}

export function isReady(pod: PodState): boolean {
  return (pod.status.conditions ?? []).some(
    condition => condition.type === 'Ready' && condition.status === 'True',
  );
}

export function isUnschedulable(pod: PodState): boolean {
  return (pod.status.conditions ?? []).some(
    condition => condition.type === 'PodScheduled' && condition.reason === 'Unschedulable',
  );
}
