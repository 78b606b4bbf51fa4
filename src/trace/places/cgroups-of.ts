import { readdir, readFile } from 'node:fs/promises';
import { KvError } from '../../shared/errors.ts';
import { parseCgroupPath } from './cgroup-path.ts';
import { containersOf, type PodFacts, uidsOf } from './pods.ts';

/** A container by its id (twelve digits are enough, `containerd://` may stand before), or a pod. */
export type PlaceTarget = { container: string } | { pod: PodFacts };

/**
 * The control groups in which processes of a container or pod run on this machine, as paths below the mount of their
 * hierarchy. `read` returns the texts of all `/proc/PID/cgroup`. Rejects with a KvError where no process is in one,
 * or an id is short for several.
 */
export async function cgroupsOf(
  target: PlaceTarget,
  read: () => Promise<readonly string[]> = readProcessCgroups,
): Promise<string[]> {
  const isMeant = matcher(target);
  const found = (await read()).flatMap(pathsOf).filter(path => isMeant(parseCgroupPath(path)));
  const what = 'pod' in target ? nameOf(target.pod) : `container ${target.container}`;
  if (found.length === 0) {
    throw new KvError('usage', `No process of ${what} runs on this machine.`, {
      hint: 'Record on the node that the pod runs on (kubectl get pod -o wide), while it runs.',
    });
  }
  const ids = new Set(found.map(path => parseCgroupPath(path).containerId));
  if ('container' in target && ids.size > 1) {
    throw new KvError('usage', `${ids.size} containers have an id that begins with ${target.container}.`, {
      hint: 'Give more of the id.',
    });
  }
  return [...new Set(found)];
}

function matcher(target: PlaceTarget): (place: ReturnType<typeof parseCgroupPath>) => boolean {
  if ('container' in target) {
    const id = target.container.replace(/^.*:\/\//, '').toLowerCase();
    if (!/^[0-9a-f]{6,64}$/.test(id)) {
      throw new KvError('usage', `${target.container} is no container id.`, {
        hint: 'crictl ps, docker ps and nerdctl ps list ids.',
      });
    }
    return ({ containerId }) => containerId?.startsWith(id) ?? false;
  }
  const uids = new Set(uidsOf(target.pod));
  const ids = new Set(containersOf(target.pod).map(({ id }) => id));
  return ({ containerId = '', podUid = '' }) => ids.has(containerId) || uids.has(podUid);
}

const nameOf = ({ metadata }: PodFacts) => `pod ${metadata.namespace}/${metadata.name}`;

/** Lines are `ID:CONTROLLERS:PATH`. On machines with both versions, paths of either may be a container's. */
function pathsOf(text: string): string[] {
  return text.split('\n').flatMap(line => /^\d+:[^:]*:(.+)$/.exec(line)?.[1] ?? []);
}

async function readProcessCgroups(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  return Promise.all(pids.map(pid => readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')));
}
