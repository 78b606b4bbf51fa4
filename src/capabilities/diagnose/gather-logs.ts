import type { ClusterClient } from '../../cluster/port.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { isAbort } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { type LogDigest, LogDigester } from './logs/digest.ts';
import type { LogEvidence } from './logs/evidence.ts';
import { workloadOf } from './owners.ts';
import { containersOf, isFinished, isPodReady, type PodContainer } from './shapes.ts';
import { logKey, refText, type World } from './world.ts';

const PARALLEL = 8;
/** Per container; the end explains a failure, and constant memory is kept whatever is read. */
const TAIL_LINES = 20_000;
/** Of pods that seem well only what they said last can matter. */
const TAIL_OF_WELL = 500;

/** What the body says when the kubelet no longer has the log. */
const UNAVAILABLE =
  /^(?:unable to retrieve container logs for|failed to try resolving symlinks|previous terminated container)/;

export interface LogOptions {
  cluster: ClusterClient;
  signal: AbortSignal;
  /** Containers at most. */
  limit: number;
  /** Also read the logs of these pods though nothing seems wrong with them. */
  wanted?: (pod: KubeObject) => boolean;
}

/** Adds the logs of containers that ended badly or are not ready; two replicas of a workload stand for all. */
export async function gatherLogs(world: World, options: LogOptions): Promise<World> {
  const perWorkload = new Map<string, number>();
  const chosen: PodContainer[] = [];
  const pods = [...world.all('Pod')].sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)));
  for (const pod of pods) {
    const wanted = options.wanted?.(pod) ?? false;
    for (const item of containersOf(pod)) {
      if (!worthReading(item) && !(wanted && item.status?.state?.running)) continue;
      const key = `${refText(workloadOf(world, pod, 'Pod'))}/${item.container.name}`;
      const taken = perWorkload.get(key) ?? 0;
      if (taken >= 2 || chosen.length >= options.limit) continue;
      perWorkload.set(key, taken + 1);
      chosen.push(item);
    }
  }
  const logs = new Map<string, LogEvidence>();
  await inParallel(chosen, PARALLEL, async item => {
    const current = await read(options, item, false);
    const restarted = (item.status?.restartCount ?? 0) > 0;
    const previous = restarted ? await read(options, item, true) : undefined;
    logs.set(logKey(item.pod, item.container.name), {
      ...(current ? { current } : {}),
      ...(previous ? { previous } : {}),
    });
  });
  return world.withLogs(logs);
}

function worthReading({ pod, status, init }: PodContainer): boolean {
  if (!status) return false;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  const failedNow = status.state?.terminated && status.state.terminated.exitCode !== 0;
  if (failedNow) return true;
  if (ended && status.restartCount > 0) return true;
  if (isFinished(pod)) return false;
  if (init) return Boolean(status.state?.running);
  return Boolean(status.state?.running) && (!status.ready || !isPodReady(pod));
}

async function read(
  options: LogOptions,
  item: PodContainer,
  previous: boolean,
): Promise<LogDigest | undefined> {
  const { name, namespace = '' } = item.pod.metadata;
  const container = item.container.name;
  const digester = new LogDigester();
  let first = true;
  try {
    const lines = options.cluster.logs(
      {
        namespace,
        pod: name,
        container,
        previous,
        tailLines: worthReading(item) ? TAIL_LINES : TAIL_OF_WELL,
      },
      options.signal,
    );
    for await (const line of lines) {
      if (first && UNAVAILABLE.test(line.text)) return undefined;
      first = false;
      digester.add(line.text);
    }
  } catch (error) {
    if (isAbort(error, options.signal)) throw error;
    return undefined;
  }
  if (first) return undefined;
  return digester.finish(`k8s.logs ${namespace}/${name} ${container}${previous ? ' (previous)' : ''}`);
}
