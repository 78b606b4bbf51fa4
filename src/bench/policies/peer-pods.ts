import { parse } from 'yaml';

/** One row of kubectl's wide table, as kubernetes-mcp-server lists pods. */
export interface PeerPod {
  namespace: string;
  name: string;
  status: string;
  ready: boolean;
  restarts: number;
}

/** NAMESPACE, APIVERSION, KIND, NAME, READY, STATUS, RESTARTS, … */
const ROW = /^(\S+)\s+v1\s+Pod\s+(\S+)\s+(\d+)\/(\d+)\s+(\S+)\s+(\d+)/gm;

export function peerPods(text: string): PeerPod[] {
  return Array.from(text.matchAll(ROW), ([, namespace, name, ready, total, status, restarts]) => ({
    namespace: namespace!,
    name: name!,
    status: status!,
    ready: ready === total,
    restarts: Number(restarts),
  }));
}

export function isFailing(pod: PeerPod): boolean {
  return pod.status !== 'Completed' && (!pod.ready || pod.status !== 'Running');
}

/** A pod wrote a log that may tell more than its status. */
export function hasLog(pod: PeerPod): boolean {
  return pod.restarts > 0 || pod.status === 'Running';
}

/** What was asked for of each failing pod: the object, and the end of the run that failed where one ran. */
export function peerCalls(pod: PeerPod) {
  const { namespace, name, restarts } = pod;
  const log = { name: 'pods_log', input: { name, namespace, previous: restarts > 0, tail: 5 } };
  return [{ name: 'pods_get', input: { name, namespace } }, ...(hasLog(pod) ? [log] : [])];
}

interface PodObject {
  spec?: { containers?: Array<{ resources?: { limits?: Record<string, string> } }> };
  status?: {
    conditions?: Array<{ type: string; status: string; message?: string }>;
    containerStatuses?: Array<{
      state?: { waiting?: { message?: string } };
      lastState?: { terminated?: { reason?: string; exitCode?: number; finishedAt?: string | Date } };
    }>;
  };
}

export interface PeerFacts {
  message: string;
  /** Reason of the last exit. */
  lastExit?: string;
  exitCode?: number;
  exitAt?: string;
  memoryLimit?: string;
}

/** Of a pod in YAML: why it is not well, how it ended last, and its memory limit. */
export function peerFacts(yaml: string): PeerFacts {
  const { spec, status } = (parse(yaml) ?? {}) as PodObject;
  const container = status?.containerStatuses?.[0];
  const exit = container?.lastState?.terminated;
  const conditions = status?.conditions ?? [];
  const unmet = conditions.find(item => item.type === 'PodScheduled' && item.status === 'False');
  const notReady = conditions.find(item => item.type === 'Ready' && item.status === 'False');
  return {
    message: unmet?.message ?? container?.state?.waiting?.message ?? notReady?.message ?? '',
    lastExit: exit?.reason,
    exitCode: exit?.exitCode,
    exitAt: exit?.finishedAt === undefined ? undefined : String(exit.finishedAt),
    memoryLimit: spec?.containers?.[0]?.resources?.limits?.memory,
  };
}
