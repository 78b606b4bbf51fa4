import { z } from 'zod';
import {
  allContainerStatuses,
  type ContainerState,
  failingContainer,
  podColumns,
} from '../../cluster/pod-status.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { brief, rare } from '../brief.ts';

const lastExit = z.object({
  container: z.string(),
  code: z.number(),
  reason: brief(z.string().describe('OOMKilled, Error, Completed, …'), 'OOMKilled, Error, …'),
  at: brief(z.string().describe('RFC 3339'), ''),
  message: rare(z.string().optional().describe('termination message')),
});

export const podRow = z
  .object({
    namespace: z.string(),
    name: z.string(),
    status: brief(
      z.string().describe("kubectl's STATUS column: Running, CrashLoopBackOff, Init:0/1, …"),
      'as kubectl: CrashLoopBackOff, Init:0/1, …',
    ),
    ready: brief(z.string().describe("ready of all containers: '1/2'"), "'1/2'"),
    restarts: z.number(),
    ageSeconds: z.number(),
    node: z.string().optional(),
    owner: brief(z.string().optional().describe('Deployment/checkout'), "'Deployment/checkout'"),
    problem: z.boolean(),
    reason: brief(z.string().optional().describe('why it is not well'), ''),
    message: z.string().optional(),
    lastExit: lastExit.optional(),
    containers: z
      .array(
        z.object({
          name: z.string(),
          image: z.string(),
          state: brief(
            z.string().describe('running, waiting: ImagePullBackOff, terminated: Error (exit 1)'),
            'waiting: ImagePullBackOff, …',
          ),
          ready: rare(z.boolean()),
          restarts: rare(z.number()),
          requests: rare(z.record(z.string(), z.string()).optional()),
          limits: z.record(z.string(), z.string()).optional(),
        }),
      )
      .optional()
      .describe('only for pods with a problem'),
  })
  .meta({ id: 'PodRow' });

export type PodRow = z.output<typeof podRow>;

/** A restart this recent still counts as a problem of a pod that is running again. */
const RECENT_EXIT_MS = 30 * 60_000;
const WELL = new Set(['Running', 'Completed', 'Succeeded']);

/** One pod as `kubectl get pods -o wide` shows it, plus the cause when it is not well. */
export function podRowOf(pod: KubeObject, nowMs: number): PodRow {
  const columns = podColumns(pod);
  const failing = failingContainer(pod);
  const exit = lastExitOf(pod, failing?.name);
  const over = pod.status?.phase === 'Succeeded';
  const recentExit =
    exit !== undefined && exit.code !== 0 && nowMs - Date.parse(exit.at) < RECENT_EXIT_MS && !over;
  const notReady = columns.ready < columns.containers && !over;
  const problem = !WELL.has(columns.status) || notReady || recentExit;
  const cause = problem ? causeOf(pod, failing?.state, columns.status, exit) : undefined;
  return {
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    status: columns.status,
    ready: `${columns.ready}/${columns.containers}`,
    restarts: columns.restarts,
    ageSeconds:
      Math.max(0, Math.round((nowMs - Date.parse(pod.metadata.creationTimestamp ?? '')) / 1000)) || 0,
    node: pod.spec?.nodeName,
    owner: ownerOf(pod),
    problem,
    reason: cause?.reason,
    message: cause?.message,
    lastExit: exit,
    containers: problem ? containersOf(pod) : undefined,
  };
}

/** The workload above a pod, as `Kind/name`. A ReplicaSet made by a Deployment is reported as the Deployment. */
export function ownerOf(pod: KubeObject): string | undefined {
  const owners = pod.metadata.ownerReferences ?? [];
  const owner = owners.find(item => item.controller) ?? owners[0];
  if (!owner) return undefined;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)) {
    return `Deployment/${owner.name.slice(0, -hash.length - 1)}`;
  }
  return `${owner.kind}/${owner.name}`;
}

function lastExitOf(pod: KubeObject, failing: string | undefined): PodRow['lastExit'] {
  const statuses = allContainerStatuses(pod);
  const exits = statuses.flatMap(container => {
    const terminated = container.state?.terminated ?? container.lastState?.terminated;
    return terminated ? [{ container: container.name, terminated }] : [];
  });
  const bad = exits.filter(item => item.terminated.exitCode !== 0);
  const chosen = bad.find(item => item.container === failing) ?? bad[0];
  if (!chosen) return undefined;
  const { terminated } = chosen;
  return {
    container: chosen.container,
    code: terminated.exitCode ?? 0,
    reason: terminated.reason ?? (terminated.signal ? `Signal ${terminated.signal}` : ''),
    at: terminated.finishedAt ?? '',
    message: terminated.message?.trim() || undefined,
  };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

function causeOf(
  pod: KubeObject,
  state: ContainerState | undefined,
  status: string,
  exit: PodRow['lastExit'],
): { reason?: string; message?: string } {
  if (pod.status?.reason) return { reason: pod.status.reason, message: pod.status.message };
  const conditions: Condition[] = pod.status?.conditions ?? [];
  const unscheduled = conditions.find(item => item.type === 'PodScheduled' && item.status === 'False');
  if (unscheduled) return { reason: unscheduled.reason, message: unscheduled.message };
  if (state?.waiting?.reason) return { reason: state.waiting.reason, message: state.waiting.message };
  if (state?.terminated) {
    const { reason, exitCode, message } = state.terminated;
    return { reason: reason ?? 'Terminated', message: message?.trim() || `exit code ${exitCode ?? 0}` };
  }
  if (pod.metadata.deletionTimestamp) {
    const held = pod.metadata.finalizers?.length ? `, finalizers: ${pod.metadata.finalizers.join(', ')}` : '';
    return { reason: status, message: `deletion asked at ${pod.metadata.deletionTimestamp}${held}` };
  }
  const notReady = conditions.find(item => item.type === 'Ready' && item.status === 'False');
  if (notReady) return { reason: notReady.reason ?? 'NotReady', message: notReady.message };
  if (exit) return { reason: exit.reason, message: `restarted: exit code ${exit.code} at ${exit.at}` };
  return { reason: status };
}

function containersOf(pod: KubeObject): PodRow['containers'] {
  const statuses = new Map(allContainerStatuses(pod).map(item => [item.name, item]));
  const specs: Array<{
    name: string;
    image: string;
    resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  }> = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return specs.map(spec => {
    const status = statuses.get(spec.name);
    return {
      name: spec.name,
      image: spec.image,
      state: stateText(status?.state),
      ready: status?.ready ?? false,
      restarts: status?.restartCount ?? 0,
      requests: spec.resources?.requests,
      limits: spec.resources?.limits,
    };
  });
}

function stateText(state: ContainerState | undefined): string {
  if (state?.running) return 'running';
  if (state?.waiting) return `waiting: ${state.waiting.reason ?? 'unknown'}`;
  if (!state?.terminated) return 'not started';
  return `terminated: ${state.terminated.reason ?? 'unknown'} (exit ${state.terminated.exitCode ?? 0})`;
}
