import { because } from '../because.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { workloadOf } from '../owners.ts';
import { hiddenValues, logProofs } from '../prove.ts';
import { containersOf, isPodReady } from '../shapes.ts';
import type { Mode } from '../types.ts';
import { refOf, refText } from '../world.ts';

/**
 * A program that runs, seems ready, and yet complains about a name, a dependency or a right. A complaint counts
 * only when it is among the last lines of the log and the cluster's objects bear it out.
 */
export const appComplaint: Mode = {
  name: 'app-complaint',
  checks: 'what running containers complain about in their logs',
  needs: ['Service', 'NetworkPolicy'],
  find(world) {
    return world
      .mine('Pod')
      .filter(pod => pod.status?.phase === 'Running' && !pod.metadata.deletionTimestamp)
      .flatMap(containersOf)
      .flatMap(item => {
        const { pod, container, status } = item;
        const log = world.log(pod, container.name)?.current;
        if (item.init || !status?.state?.running || !log) return [];
        const recent = log.tail.slice(-10);
        const cause = log.causes.find(entry => recent.includes(entry.line));
        if (!cause || !/^(?:dns|connection-refused|connection-timeout|rbac|disk-full)$/.test(cause.kind))
          return [];
        const why = because(world, item, cause);
        const borne =
          why.causedBy ||
          /there is no Service|does not allow DNS|does not listen on port|RBAC forbids|no space left/.test(
            why.text,
          );
        if (!borne) return [];
        const hidden = hiddenValues(pod);
        const workload = workloadOf(world, pod, 'Pod');
        return [
          {
            mode: 'app-complaint',
            severity: isPodReady(pod) ? ('warning' as const) : ('critical' as const),
            object: refOf(pod, 'Pod'),
            workload: refText(workload),
            rootCause: `Container ${container.name} of ${refText(workload)} runs but cannot do its work: ${why.text}. Its log says: "${safeQuote(cause.line, hidden, 220)}".`,
            evidence: [...logProofs(log, [cause.line], hidden), ...why.evidence],
            remediation: why.remediation,
            ruledOut: ['A crash: the process keeps running.'],
            ...(why.causedBy ? { causedBy: why.causedBy } : {}),
          },
        ];
      });
  },
};
