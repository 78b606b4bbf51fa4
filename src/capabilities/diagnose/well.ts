import type { KubeObject } from '../../cluster/types.ts';
import { type ContainerStatus, isPodReady } from './shapes.ts';

/** A pod that is ready and never restarted, or has ended well: its status has nothing to tell. */
export function isWell(pod: KubeObject): boolean {
  const { metadata, spec, status } = pod;
  if (!status || metadata.deletionTimestamp || !spec?.nodeName) return false;
  const statuses = (status.containerStatuses ?? []) as ContainerStatus[];
  const init = (status.initContainerStatuses ?? []) as ContainerStatus[];
  if ([...statuses, ...init].some(item => item.restartCount > 0 || item.lastState?.terminated)) return false;
  if (status.phase === 'Succeeded') return true;
  return (
    status.phase === 'Running' && isPodReady(pod) && statuses.every(item => item.ready && item.state?.running)
  );
}
