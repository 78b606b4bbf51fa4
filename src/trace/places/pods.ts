import { readdir } from 'node:fs/promises';

/** As much of a pod as names a process's place; what the Kubernetes API returns fits. */
export interface PodFacts {
  metadata: { name: string; namespace: string; uid: string; annotations?: Readonly<Record<string, string>> };
  status?: {
    containerStatuses?: readonly ContainerFacts[];
    initContainerStatuses?: readonly ContainerFacts[];
    ephemeralContainerStatuses?: readonly ContainerFacts[];
  };
}

export interface ContainerFacts {
  name: string;
  /** `containerd://ID`. */
  containerID?: string;
}

export interface NamedContainer {
  name: string;
  id: string;
}

export function containersOf({ status }: PodFacts): NamedContainer[] {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].flatMap(({ name, containerID }) =>
    containerID ? [{ name, id: containerID.replace(/^.*:\/\//, '') }] : [],
  );
}

/** What control groups may call the pod: its uid, and of a static pod the hash of its manifest. */
export function uidsOf({ metadata: { uid, annotations } }: PodFacts): string[] {
  const hashes = ['kubernetes.io/config.hash', 'kubernetes.io/config.mirror'].map(key => annotations?.[key]);
  return [uid, ...hashes.filter(hash => hash !== undefined)];
}

/** Pods of this node by the kubelet's log folders, `NAMESPACE_NAME_UID`: known without a cluster. Empty elsewhere. */
export async function podsOfNode(folder = '/var/log/pods'): Promise<PodFacts[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap(entry => {
    const [namespace, name, uid, ...more] = entry.split('_');
    return namespace && name && uid && more.length === 0 ? [{ metadata: { namespace, name, uid } }] : [];
  });
}
