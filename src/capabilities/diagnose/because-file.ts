import type { KubeObject } from '../../cluster/types.ts';
import { nearest } from '../../shared/nearest.ts';
import type { Because } from './because.ts';
import { editCommand } from './owners.ts';
import { fieldProof } from './prove.ts';
import type { PodContainer } from './shapes.ts';
import type { Ref } from './types.ts';
import { refText, type World } from './world.ts';

interface Mount {
  name: string;
  mountPath: string;
  subPath?: string;
}

/** A file that a program misses, against what its container really mounts and what those volumes hold. */
export function explainFile(world: World, item: PodContainer, path: string, workload: Ref): Because {
  const { container, pod } = item;
  const mounts = (container.volumeMounts ?? []).filter(
    mount => !mount.mountPath.startsWith('/var/run/secrets/kubernetes.io'),
  );
  const edit = editCommand(workload);
  if (!path) {
    return { text: 'a file it needs does not exist', evidence: [], remediation: [edit] };
  }
  const covering = mounts.find(mount => path === mount.mountPath || path.startsWith(`${mount.mountPath}/`));
  if (covering) return insideVolume(world, item, path, covering, edit);
  const near = nearest(
    directory(path),
    mounts.map(mount => mount.mountPath),
    1,
  )[0];
  const mounted = mounts.map(mount => `${mount.name} at ${mount.mountPath}`).join(', ');
  const text =
    `the file ${path} does not exist (not found); ` +
    (mounts.length === 0
      ? `container ${container.name} mounts no volume there and image ${container.image} does not bring it`
      : `nothing is mounted at ${directory(path)}, container ${container.name} mounts ${mounted}` +
        (near ? `, so ${near} is probably the wrong mount path` : ''));
  const remediation = [
    mounts.length === 0
      ? `${edit}   # mount the ConfigMap or Secret that holds ${base(path)} at ${directory(path)}`
      : `${edit}   # mount the volume at ${directory(path)}, or point ${refText(workload)} to the path that is mounted`,
  ];
  const evidence = mounts.slice(0, 2).map(mount => fieldProof(pod, 'Pod', mount.mountPath));
  return { text, evidence, remediation };
}

/** A directory where a file was meant: what a subPath becomes when its volume has no such key. */
export function explainDirectory(world: World, item: PodContainer, path: string, edit: string): Because {
  const { container, pod } = item;
  const files = ((container.volumeMounts ?? []) as Mount[]).filter(mount => mount.subPath);
  const mount = files.find(entry => entry.mountPath === path) ?? (path === '' ? files[0] : undefined);
  const what = path || mount?.mountPath || 'a path';
  if (!mount?.subPath) {
    return { text: `${what} is a directory, and it wants a file there`, evidence: [], remediation: [edit] };
  }
  const holder = volumeHolder(world, pod, mount.name);
  const keys = Object.keys((holder?.object?.['data'] ?? {}) as Record<string, string>);
  const near = nearest(mount.subPath, keys, 1)[0] ?? (keys.length === 1 ? keys[0] : undefined);
  const lacks =
    holder?.object && !keys.includes(mount.subPath)
      ? `, which ${holder.label} does not have (it has ${keys.join(', ') || 'no keys'})`
      : '';
  return {
    text: `${what} is a directory: it is mounted with subPath ${mount.subPath} of volume ${mount.name}${lacks}, and the kubelet makes a directory of a subPath that does not exist`,
    evidence: [fieldProof(pod, 'Pod', mount.subPath, 'subPath')],
    remediation: [
      near
        ? `${edit}   # subPath: ${near} instead of ${mount.subPath}`
        : `Put ${mount.subPath} into the volume ${mount.name}, or correct the subPath: ${edit}`,
    ],
  };
}

/** A mounted file that is there but cannot be used: the ConfigMap or Secret that it comes from. */
export function explainContent(world: World, item: PodContainer, line: string): Because | undefined {
  const { container, pod } = item;
  for (const [path] of line.matchAll(/\/[\w./+@-]*\w/g)) {
    const mount = ((container.volumeMounts ?? []) as Mount[]).find(
      entry => path === entry.mountPath || path.startsWith(`${entry.mountPath}/`),
    );
    const holder = mount && volumeHolder(world, pod, mount.name);
    if (!mount || !holder) continue;
    return {
      text: `it cannot use the content of ${path}, which comes from ${holder.label} (volume ${mount.name})`,
      evidence: [fieldProof(pod, 'Pod', mount.mountPath, 'mountPath')],
      remediation: [
        `kubectl -n ${pod.metadata.namespace} edit ${holder.kubectl}   # correct ${mount.subPath ?? base(path)}`,
      ],
    };
  }
  return undefined;
}

function volumeHolder(world: World, pod: KubeObject, name: string): ReturnType<typeof holderOf> {
  const volume = ((pod.spec?.volumes ?? []) as Array<Record<string, unknown>>).find(
    entry => entry['name'] === name,
  );
  const configMap = volume?.['configMap'] as { name?: string } | undefined;
  const secret = volume?.['secret'] as { secretName?: string } | undefined;
  return holderOf(world, pod, configMap?.name, secret?.secretName);
}

function insideVolume(world: World, item: PodContainer, path: string, mount: Mount, edit: string): Because {
  const { pod } = item;
  const holder = volumeHolder(world, pod, mount.name);
  if (!holder) {
    return {
      text: `the file ${path} does not exist in the volume ${mount.name} that is mounted at ${mount.mountPath}`,
      evidence: [fieldProof(pod, 'Pod', mount.mountPath)],
      remediation: [`Put ${base(path)} into the volume ${mount.name}, or correct the path.`],
    };
  }
  const keys = Object.keys((holder.object?.['data'] ?? {}) as Record<string, string>);
  const near = nearest(base(path), keys, 1)[0] ?? (keys.length === 1 ? keys[0] : undefined);
  const found = holder.object
    ? `${holder.label} has no key ${base(path)}; it has ${keys.join(', ') || 'no keys'}${near ? `, did someone mean ${near}?` : ''}`
    : `its content comes from ${holder.label}`;
  return {
    text: `the file ${path} does not exist (not found) in the volume mounted at ${mount.mountPath}: ${found}`,
    evidence: [fieldProof(pod, 'Pod', mount.mountPath)],
    remediation: [
      `kubectl -n ${pod.metadata.namespace} edit ${holder.kubectl}   # add the key ${base(path)}`,
      `${edit}   # or map an existing key to ${base(path)} with items`,
    ],
  };
}

function holderOf(
  world: World,
  pod: KubeObject,
  configMap: string | undefined,
  secret: string | undefined,
): { label: string; kubectl: string; object: KubeObject | undefined } | undefined {
  const namespace = pod.metadata.namespace ?? '';
  if (configMap) {
    return {
      label: `ConfigMap ${configMap}`,
      kubectl: `configmap/${configMap}`,
      object: world.get('ConfigMap', namespace, configMap),
    };
  }
  if (!secret) return undefined;
  return {
    label: `Secret ${secret}`,
    kubectl: `secret/${secret}`,
    object: world.get('Secret', namespace, secret),
  };
}

function directory(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function base(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
