import { endedLog } from './prove.ts';
import { type ContainerStatus, containersOf, type PodContainer, type Terminated } from './shapes.ts';
import { type EventRecord, millis, type World } from './world.ts';

/** Why a container ended the last time, as far as status and events tell. */
export type EndKind =
  | 'oom'
  | 'liveness'
  | 'startup-probe'
  | 'start-error'
  | 'exit-zero'
  | 'evicted'
  | 'unexplained'
  | 'crash';

export interface ContainerEnd {
  kind: EndKind;
  terminated: Terminated;
  /** True while the container is down because of it (waiting, or terminated for good). */
  down: boolean;
  restarts: number;
}

const MINUTE = 60_000;

/** The end that matters now, or undefined when the container never ended or ended long ago and is fine. */
export function currentEnd(world: World, item: PodContainer): ContainerEnd | undefined {
  const { status, pod } = item;
  if (!status) return undefined;
  const terminated = status.state?.terminated ?? status.lastState?.terminated;
  if (!terminated) return undefined;
  const down = !status.state?.running;
  if (item.init && terminated.exitCode === 0 && status.state?.terminated) return undefined;
  const kind = kindOf(world, item, terminated);
  // An evicted pod's containers were ended with it; the pod's own reason says why.
  if (pod.metadata.deletionTimestamp || (pod.status?.phase === 'Failed' && pod.status?.reason))
    return undefined;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  if (down && terminated.exitCode === 0 && policy !== 'Always') return undefined;
  if (down && status.state?.terminated === undefined && status.state?.waiting === undefined) return undefined;
  if (!down && !keepsRestarting(world, status, kind)) return undefined;
  if (down && policy === 'Always' && status.restartCount === 0 && terminated.exitCode === 0) {
    // A first clean exit that is about to be restarted is not yet a pattern.
    if (!status.state?.terminated) return undefined;
  }
  return { kind, terminated, down, restarts: status.restartCount };
}

/** A running container is in trouble only if it restarted more than once and not long ago. */
function keepsRestarting(world: World, status: ContainerStatus, kind: EndKind): boolean {
  const ended = millis(status.lastState?.terminated?.finishedAt);
  const ago = world.now - ended;
  if (!ended || status.restartCount === 0) return false;
  // Memory fills up again: being up for a while says less here.
  if (kind === 'oom') return ago < 60 * MINUTE && (status.restartCount >= 2 || ago < 10 * MINUTE);
  if (isSteady(world, status)) return false;
  if (status.restartCount >= 3) return ago < 60 * MINUTE;
  if (status.restartCount === 2) return ago < 10 * MINUTE;
  return ago < 5 * MINUTE && !status.ready;
}

/** Ready, and up for much longer than the run before lasted: what ended it then is over. */
function isSteady(world: World, status: ContainerStatus): boolean {
  const { startedAt, finishedAt } = status.lastState?.terminated ?? {};
  const lasted = Math.max(1_000, millis(finishedAt) - millis(startedAt));
  const up = world.now - millis(status.state?.running?.startedAt);
  return status.ready && millis(startedAt) > 0 && up >= Math.max(3 * MINUTE, 8 * lasted);
}

function kindOf(world: World, item: PodContainer, terminated: Terminated): EndKind {
  if (terminated.reason === 'OOMKilled') return 'oom';
  if (terminated.reason === 'StartError' || terminated.reason === 'ContainerCannotRun') return 'start-error';
  if (terminated.exitCode === 126 || terminated.exitCode === 127) return 'start-error';
  if (execFailure(world, item, terminated) || hookFailure(world, item, terminated)) return 'start-error';
  const killed = probeKill(world, item);
  if (killed && (endsWhenKilled(terminated) || isCloseTo(killed, terminated))) {
    return /startup probe/i.test(killed.message) ? 'startup-probe' : 'liveness';
  }
  if (leavesOpen(world, item, terminated)) return 'unexplained';
  return terminated.exitCode === 0 ? 'exit-zero' : 'crash';
}

/** What runc 1.2 and later print in the program's place when the kernel refuses to run it, with exit code 1 or 255. */
export function execFailure(world: World, item: PodContainer, terminated: Terminated): string | undefined {
  if (terminated.exitCode !== 1 && terminated.exitCode !== 255) return undefined;
  const last = endedLog(world, item)?.tail.at(-1);
  return last && /^exec \S+: (?:exec format error|permission denied|no such file)/.test(last)
    ? last
    : undefined;
}

/** The kubelet kills a container whose postStart hook fails. */
export function hookFailure(
  world: World,
  item: PodContainer,
  terminated: Terminated,
): EventRecord | undefined {
  if (!item.container.lifecycle?.postStart) return undefined;
  return world
    .eventsOf(item.pod, 'Pod')
    .find(
      event => event.reason === 'FailedPostStartHook' && event.last >= millis(terminated.startedAt) - MINUTE,
    );
}

/** Ended by SIGKILL, by SIGTERM, or well upon SIGTERM. */
function endsWhenKilled({ exitCode }: Terminated): boolean {
  return exitCode === 0 || exitCode === 137 || exitCode === 143;
}

/**
 * A kill from outside looks the same whoever sent it, and events last an hour: without the kubelet's event the
 * status alone cannot tell a failed probe from a program that was killed, or ended well, in another way.
 */
function leavesOpen(world: World, item: PodContainer, terminated: Terminated): boolean {
  if (!endsWhenKilled(terminated)) return false;
  if (terminated.exitCode !== 0) return true;
  const probed = Boolean(item.container.livenessProbe ?? item.container.startupProbe);
  return probed && !hasEventsSince(world, item, terminated);
}

/** Whether the kubelet's events about this end are still there. */
export function hasEventsSince(world: World, item: PodContainer, terminated: Terminated): boolean {
  const ended = millis(terminated.finishedAt);
  return world.eventsOf(item.pod, 'Pod').some(event => event.last >= ended - MINUTE);
}

/** A program may answer SIGTERM with an exit code of its own; then only the time tells who ended it. */
function isCloseTo(killed: EventRecord, terminated: Terminated): boolean {
  return Math.abs(killed.last - millis(terminated.finishedAt)) < MINUTE;
}

/** The event by which the kubelet says that it killed this container for a failed probe. */
export function probeKill(world: World, item: PodContainer): EventRecord | undefined {
  const name = item.container.name;
  return world
    .eventsOf(item.pod, 'Pod')
    .find(
      event =>
        event.reason === 'Killing' &&
        /failed (?:liveness|startup) probe/i.test(event.message) &&
        event.message.includes(name),
    );
}

/** Containers of a pod that are in trouble by having ended. */
export function endsOf(
  world: World,
  pods: ReturnType<World['all']>,
  ...kinds: EndKind[]
): Array<PodContainer & { end: ContainerEnd }> {
  return pods.flatMap(pod =>
    containersOf(pod).flatMap(item => {
      const end = currentEnd(world, item);
      return end && kinds.includes(end.kind) ? [{ ...item, end }] : [];
    }),
  );
}
