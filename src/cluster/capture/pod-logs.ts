import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openLog } from '../client/logs.ts';
import type { ClusterClient } from '../port.ts';
import type { KubeObject } from '../types.ts';
import { pathPart } from './layout.ts';

/** One log to fetch. */
export interface LogTarget {
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
}

interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: { waiting?: object };
  lastState?: { terminated?: object };
  started?: boolean;
  containerID?: string;
}

/** The logs a pod can have: of every container that ever started, and of its previous run when it was restarted. */
export function logTargets(pod: KubeObject): LogTarget[] {
  const { name, namespace = '' } = pod.metadata;
  const status = (pod['status'] ?? {}) as Record<string, ContainerStatus[] | undefined>;
  const groups = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'];
  return groups
    .flatMap(group => status[group] ?? [])
    .flatMap(container => {
      const base = { namespace, pod: name, container: container.name };
      const restarted = (container.restartCount ?? 0) > 0 || Boolean(container.lastState?.terminated);
      if (!container.containerID && !restarted) return [];
      return restarted
        ? [
            { ...base, previous: false },
            { ...base, previous: true },
          ]
        : [{ ...base, previous: false }];
    });
}

/** Writes one log with the kubelet's timestamps; an empty log leaves no file. Returns the characters written. */
export async function captureLog(
  client: ClusterClient,
  target: LogTarget,
  root: string,
  limits: { tailLines?: number; limitBytes?: number },
  signal: AbortSignal,
): Promise<number> {
  const file = `${pathPart(target.container)}${target.previous ? '-previous' : ''}.log`;
  const path = join(
    root,
    'cluster-resources/pods/logs',
    pathPart(target.namespace),
    pathPart(target.pod),
    file,
  );
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  let written = 0;
  try {
    for await (const block of openLog(client, { ...target, ...limits }, signal)) {
      if (!handle) {
        await mkdir(dirname(path), { recursive: true });
        handle = await open(path, 'w');
      }
      await handle.write(`${block}\n`);
      written += block.length + 1;
    }
  } finally {
    await handle?.close();
  }
  return written;
}
