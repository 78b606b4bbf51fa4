import type { KubeObject } from '../../../cluster/types.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { eventProof, fieldProof } from '../prove.ts';
import { conditionOf, containersOf, isFinished, isPodReady } from '../shapes.ts';
import type { Mode } from '../types.ts';
import { millis, refOf, refText } from '../world.ts';

const PATIENCE = 90_000;

/** Every unready container runs and has not been asked by its probe yet. */
function isStillExpected(pod: KubeObject, now: number): boolean {
  const unready = containersOf(pod).filter(item => !item.init && !item.status?.ready);
  return (
    unready.length > 0 &&
    unready.every(({ container, status }) => {
      const started = millis(status?.state?.running?.startedAt);
      const delay = container.readinessProbe?.initialDelaySeconds ?? 0;
      return started > 0 && now - started < delay * 1000 + PATIENCE;
    })
  );
}

/** The last resort: a pod that is not ready for long, with what the kubelet or scheduler last said about it. */
export const podNotReady: Mode = {
  name: 'pod-not-ready',
  checks: 'pods that stay unready for any other reason',
  needs: [],
  find(world) {
    return world
      .unwellPods()
      .filter(
        pod => pod.spec?.nodeName && !isFinished(pod) && !isPodReady(pod) && !pod.metadata.deletionTimestamp,
      )
      .flatMap(pod => {
        const since =
          millis(conditionOf(pod, 'Ready')?.lastTransitionTime) || millis(pod.metadata.creationTimestamp);
        const warning = world.eventsOf(pod, 'Pod').find(event => event.type === 'Warning');
        if (world.now - since < PATIENCE && !warning) return [];
        // An init container that runs without complaint is at work.
        if (!warning && containersOf(pod).some(item => item.init && item.status?.state?.running)) return [];
        if (!warning && isStillExpected(pod, world.now)) return [];
        const waiting = containersOf(pod).find(
          item =>
            item.status?.state?.waiting?.reason &&
            !/ContainerCreating|PodInitializing/.test(item.status.state.waiting.reason),
        );
        const gates: string[] = (pod.spec?.readinessGates ?? [])
          .map((gate: { conditionType: string }) => gate.conditionType)
          .filter((type: string) => conditionOf(pod, type)?.status !== 'True');
        const workload = workloadOf(world, pod, 'Pod');
        const state = waiting?.status?.state?.waiting;
        const nonRoot = /runAsNonRoot/.test(`${state?.message} ${warning?.message}`);
        const placed = pod.spec?.nodeName as string;
        const noNode = world.knows('Node') && !world.get('Node', '', placed);
        const node = world.get('Node', '', placed);
        const nodeIsDown = node !== undefined && conditionOf(node, 'Ready')?.status !== 'True';
        const why = noNode
          ? `it is bound to node ${placed}, which does not exist (not found)`
          : gates.length > 0
            ? `its readiness gate ${gates.join(', ')} is not true`
            : nonRoot
              ? `runAsNonRoot is set and image ${waiting?.container.image ?? ''} runs as root or as a user name`
              : state
                ? `container ${waiting?.container.name} waits (${state.reason}${state.message ? `: ${safeQuote(state.message, [], 240)}` : ''})`
                : nodeIsDown
                  ? `its node ${placed} is not ready`
                  : `${conditionOf(pod, 'Ready')?.message ?? 'its containers are not ready'}${warning ? '' : '; what holds them up cannot be told from the data, since no event about the pod is there'}`;
        return [
          {
            mode: nonRoot ? 'run-as-non-root' : 'pod-not-ready',
            severity: warning || state || gates.length > 0 ? ('critical' as const) : ('warning' as const),
            object: refOf(pod, 'Pod'),
            workload: refText(workload),
            ...(nodeIsDown && !state && !noNode ? { causedBy: refOf(node, 'Node') } : {}),
            rootCause: `Pod ${pod.metadata.name} of ${refText(workload)} is not ready: ${why}.${warning && !safeQuote(warning.message, [], 240).includes(safeQuote(state?.message ?? '\0', [], 200)) ? ` The last warning says: "${safeQuote(warning.message, [], 240)}".` : ''}`,
            evidence: [
              ...(warning ? [eventProof(warning)] : []),
              ...(state && !warning?.message.includes(state.message ?? '\0')
                ? [fieldProof(pod, 'Pod', state.message ?? state.reason)]
                : []),
              ...(nonRoot ? [fieldProof(pod, 'Pod', true, 'runAsNonRoot')] : []),
              ...(noNode ? [fieldProof(pod, 'Pod', placed)] : []),
              ...gates.map(gate => fieldProof(pod, 'Pod', gate)),
            ],
            remediation: [
              nonRoot
                ? `${editCommand(workload)}   # securityContext: runAsUser: <a number other than 0>, or build the image with a numeric USER`
                : `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}`,
            ],
          },
        ];
      });
  },
};
