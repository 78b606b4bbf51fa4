import type { KubeObject } from '../../cluster/types.ts';
import { safeQuote } from './logs/safe-quote.ts';
import { podsBelow } from './owners.ts';
import { podsBehind } from './services.ts';
import { conditionOf, containersOf, isFinished, isPodReady, isSidecar } from './shapes.ts';
import type { Ref } from './types.ts';
import { millis, refText, type World } from './world.ts';

/** Plain facts about objects that seem well: readiness, restarts, warnings, endpoints. */
export function healthFacts(world: World, subjects: Ref[]): string[] {
  return subjects.slice(0, 4).flatMap(subject => {
    const object = world.get(subject.kind, subject.namespace, subject.name);
    return object ? [`${refText(subject)}: ${describe(world, object)}`] : [];
  });
}

function describe(world: World, object: KubeObject): string {
  switch (object.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet': {
      const { replicas = 1 } = object.spec ?? {};
      const starting = atWork(world, podsBelow(world, object));
      return `${object.status?.readyReplicas ?? 0}/${replicas} replicas ready, ${starting}${podsText(world, podsBelow(world, object))}`;
    }
    case 'DaemonSet':
      return `${object.status?.numberReady ?? 0}/${object.status?.desiredNumberScheduled ?? 0} pods ready, ${podsText(world, podsBelow(world, object))}`;
    case 'Pod':
      return `${atWork(world, [object])}${podsText(world, [object])}`;
    case 'Service': {
      const pods = podsBehind(world, object);
      return `${pods.filter(isPodReady).length} ready endpoints of ${pods.length} pods`;
    }
    case 'Job':
      return `${object.status?.succeeded ?? 0} of ${object.spec?.completions ?? 1} completions succeeded`;
    case 'Node': {
      const ready = conditionOf(object, 'Ready')?.status === 'True' ? 'Ready' : 'NotReady';
      const { cpu, memory } = object.status?.allocatable ?? {};
      return `${ready}, allocatable ${cpu} cpu and ${memory} memory, no pressure reported${object.spec?.unschedulable ? ', cordoned' : ''}`;
    }
    case 'CronJob':
      return `schedule ${object.spec?.schedule}, last success ${object.status?.lastSuccessfulTime ?? 'never'}`;
    case 'HorizontalPodAutoscaler': {
      const { currentReplicas = 0, desiredReplicas = 0 } = object.status ?? {};
      return `${currentReplicas} replicas of ${object.spec?.minReplicas ?? 1} to ${object.spec?.maxReplicas}, ${desiredReplicas} wanted, ${conditionOf(object, 'ScalingActive')?.message ?? 'no metrics yet'}`;
    }
    case 'PodDisruptionBudget':
      return `allows ${object.status?.disruptionsAllowed ?? 0} disruptions, ${object.status?.currentHealthy ?? 0} of ${object.status?.expectedPods ?? 0} pods healthy`;
    default:
      return object.status?.phase ? `phase ${object.status.phase}` : 'exists';
  }
}

/** What pods that are still starting do, in front of the counts: `init container unpack is running for 30 s, `. */
function atWork(world: World, pods: KubeObject[]): string {
  for (const item of pods.flatMap(containersOf)) {
    const since = millis(item.status?.state?.running?.startedAt);
    if (!since || isPodReady(item.pod) || isSidecar(item)) continue;
    const seconds = Math.max(1, Math.round((world.now - since) / 1000));
    const last = world.log(item.pod, item.container.name)?.current?.tail.at(-1);
    const said = last ? ` (its log's last line: "${safeQuote(last, world.hidden, 120)}")` : '';
    return `${item.init ? 'init container' : 'container'} ${item.container.name} is still at work since ${seconds} s${said}, `;
  }
  return '';
}

export function podsText(world: World, pods: KubeObject[]): string {
  const live = pods.filter(pod => !isFinished(pod));
  const done = pods.length - live.length;
  const items = live.flatMap(containersOf).filter(item => !item.init);
  const restarts = items.reduce((sum, item) => sum + (item.status?.restartCount ?? 0), 0);
  const last = items.reduce(
    (latest, item) => Math.max(latest, millis(item.status?.lastState?.terminated?.finishedAt)),
    0,
  );
  const warnings = live.flatMap(pod => world.eventsOf(pod, 'Pod')).filter(event => event.type === 'Warning');
  const recent = warnings.filter(event => world.now - event.last < 600_000);
  return [
    `${live.filter(isPodReady).length}/${live.length} pods ready`,
    done > 0 ? `${done} finished` : '',
    restarts === 0
      ? 'no restarts'
      : `${restarts} restart${restarts === 1 ? '' : 's'}${last ? `, the last ${age(world.now - last)} ago` : ''}`,
    recent.length === 0
      ? 'no recent warning events'
      : `${recent.length} recent warning event${recent.length === 1 ? '' : 's'} of something that is over`,
  ]
    .filter(Boolean)
    .join(', ');
}

function age(ms: number): string {
  if (ms < 90_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

export function namespaceFacts(world: World): string {
  const workloads = ['Deployment', 'StatefulSet', 'DaemonSet'].reduce(
    (sum, kind) => sum + world.mine(kind).length,
    0,
  );
  return `${workloads} workload${workloads === 1 ? '' : 's'}, ${podsText(world, world.mine('Pod'))}`;
}
