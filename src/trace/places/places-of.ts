import { messageOf } from '../../shared/errors.ts';
import { cleanText } from '../../shared/text.ts';
import { parseCgroupPath } from './cgroup-path.ts';
import { containersOf, type PodFacts, podsOfNode, uidsOf } from './pods.ts';

/** Names where they are known; else `pod` is its uid and `container` the first twelve digits of its id. */
export interface Place {
  namespace?: string;
  pod?: string;
  container?: string;
}

export interface PlaceSources {
  /** Asks the cluster; absent where there is none. */
  listPods?: () => Promise<readonly PodFacts[]>;
  /** Asked where the cluster does not answer; the kubelet's folders on this machine. */
  podsOfNode?: () => Promise<readonly PodFacts[]>;
}

export interface Places {
  /** By the path asked for; paths outside of containers are left out. */
  places: Map<string, Place>;
  /** Why the cluster was not asked with success. */
  problem?: string;
}

/** Where processes run, by the paths of their control groups. Asks nobody when none of them is a container's. */
export async function placesOf(cgroupPaths: Iterable<string>, sources: PlaceSources = {}): Promise<Places> {
  const found = new Map(
    [...new Set(cgroupPaths)]
      .map(path => [path, parseCgroupPath(path)] as const)
      .filter(([, { containerId, podUid }]) => containerId ?? podUid),
  );
  if (found.size === 0) return { places: new Map() };
  const { pods, problem } = await podsFrom(sources);
  const byContainer = new Map(
    pods.flatMap(pod => containersOf(pod).map(({ id, name }) => [id, { pod, name }] as const)),
  );
  const byUid = new Map(pods.flatMap(pod => uidsOf(pod).map(uid => [uid, pod] as const)));
  const places = new Map<string, Place>();
  for (const [path, { containerId = '', podUid = '' }] of found) {
    const named = byContainer.get(containerId);
    const pod = named?.pod ?? byUid.get(podUid);
    const place: Place = {
      namespace: pod?.metadata.namespace,
      pod: pod?.metadata.name ?? (podUid || undefined),
      container: named?.name ?? (containerId.slice(0, 12) || undefined),
    };
    places.set(path, cleaned(place));
  }
  return { places, problem };
}

async function podsFrom({
  listPods,
  podsOfNode: local = podsOfNode,
}: PlaceSources): Promise<{ pods: readonly PodFacts[]; problem?: string }> {
  try {
    return { pods: listPods ? await listPods() : await local() };
  } catch (error) {
    return { pods: await local(), problem: messageOf(error) };
  }
}

function cleaned(place: Place): Place {
  const entries = Object.entries(place).filter(([, text]) => text !== undefined);
  return Object.fromEntries(entries.map(([key, text]) => [key, cleanText(text)]));
}
