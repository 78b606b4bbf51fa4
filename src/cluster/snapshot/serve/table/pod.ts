import { allContainerStatuses, podColumns } from '../../../pod-status.ts';
import type { KubeObject } from '../../../types.ts';
import { orNone, since } from './cells.ts';
import { AGE, type Column, NAME, text, wide } from './columns.ts';

/** As `printPod` in kubernetes/pkg/printers/internalversion/printers.go. */
export const POD_COLUMNS: readonly Column[] = [
  NAME,
  text('Ready', pod => {
    const { ready, containers } = podColumns(pod);
    return `${ready}/${containers}`;
  }),
  text('Status', pod => podColumns(pod).status),
  text('Restarts', restartsOf),
  AGE,
  wide('IP', pod => orNone(pod.status?.podIP)),
  wide('Node', pod => orNone(pod.spec?.nodeName)),
  wide('Nominated Node', pod => orNone(pod.status?.nominatedNodeName)),
  wide('Readiness Gates', pod => {
    const gates: Array<{ conditionType: string }> = pod.spec?.readinessGates ?? [];
    const conditions: Array<{ type: string; status: string }> = pod.status?.conditions ?? [];
    const met = gates.filter(gate =>
      conditions.some(item => item.type === gate.conditionType && item.status === 'True'),
    );
    return gates.length === 0 ? '<none>' : `${met.length}/${gates.length}`;
  }),
];

/** `5 (3m ago)`: the count, and when the newest run before this one ended. */
function restartsOf(pod: KubeObject, now: number): string {
  const { restarts } = podColumns(pod);
  const ends = allContainerStatuses(pod)
    .map(container => container.lastState?.terminated?.finishedAt)
    .filter(time => time !== undefined)
    .sort();
  const last = ends.at(-1);
  return restarts === 0 || last === undefined ? String(restarts) : `${restarts} (${since(last, now)} ago)`;
}
