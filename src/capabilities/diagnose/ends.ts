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
  if (pod.metadata.deletionTimestamp) return undefined;
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
  if (kind === 'oom') return ago < 60 * MINUTE && (status.restartCount >= 2 || ago < 10 * MINUTE);
  if (status.restartCount >= 3) return ago < 60 * MINUTE;
  if (status.restartCount === 2) return ago < 10 * MINUTE;
  return ago < 5 * MINUTE && !status.ready;
}

function kindOf(world: World, item: PodContainer, terminated: Terminated): EndKind {
  if (terminated.reason === 'OOMKilled') return 'oom';
  if (terminated.reason === 'StartError' || terminated.reason === 'ContainerCannotRun') return 'start-error';
  if (terminated.exitCode === 126 || terminated.exitCode === 127) return 'start-error';
  const killed = probeKill(world, item);
  if (killed && (terminated.exitCode !== 1 || isCloseTo(killed, terminated))) {
    return /startup probe/i.test(killed.message) ? 'startup-probe' : 'liveness';
  }
  if (terminated.exitCode === 0) return killed ? 'liveness' : 'exit-zero';
  return 'crash';
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
