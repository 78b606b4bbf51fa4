import type { KubeObject } from '../../cluster/types.ts';
import { millis } from './world.ts';

const TELLING = new Set(['Pod', 'Node', 'Deployment', 'Job']);

/** The newest time in an object that the cluster itself wrote; 0 for kinds that tell nothing. Unix milliseconds. */
export function newestTime(kind: string, item: KubeObject): number {
  if (!TELLING.has(kind)) return 0;
  let latest = millis(item.metadata.creationTimestamp);
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
  return latest;
}
