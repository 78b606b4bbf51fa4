import { endsOf, hasEventsSince } from '../ends.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { endedLog, fieldProof, hiddenValues, logProofs } from '../prove.ts';
import type { Mode } from '../types.ts';
import { refOf, refText } from '../world.ts';

/** A container that is ended from outside, where nothing is left that says by whom. */
export const endedUnexplained: Mode = {
  name: 'ended-unexplained',
  checks: 'containers that are killed by something that left no trace',
  needs: [],
  find(world) {
    return endsOf(world, world.unwellPods(), 'unexplained').map(item => {
      const { pod, container, end } = item;
      const { exitCode } = end.terminated;
      const workload = workloadOf(world, pod, 'Pod');
      const log = endedLog(world, item);
      const line = log?.decisive[0] ?? log?.tail.at(-1);
      const hidden = hiddenValues(pod);
      const probe = container.livenessProbe
        ? 'liveness probe'
        : container.startupProbe
          ? 'startup probe'
          : undefined;
      const suspects = [
        ...(probe ? [`a failed ${probe} (it has one)`] : []),
        ...(exitCode === 137 ? ['memory that ran out on the node or below its main process'] : []),
        exitCode === 0 ? 'a program that simply finishes' : 'somebody who stopped or killed the process',
      ];
      const gone = hasEventsSince(world, item, end.terminated)
        ? 'the status does not say OOMKilled, and no event says that a probe failed'
        : 'the status does not say OOMKilled, and the events of that time are gone';
      const code = exitCode === 137 ? '137 (SIGKILL)' : exitCode === 143 ? '143 (SIGTERM)' : `${exitCode}`;
      return {
        mode: 'ended-unexplained',
        severity: 'critical',
        object: refOf(pod, 'Pod'),
        workload: refText(workload),
        rootCause:
          `Container ${container.name} of ${refText(workload)} ends with exit code ${code} and is restarted (${end.restarts} restart${end.restarts === 1 ? '' : 's'}). ` +
          `Who ended it cannot be told from the data: ${exitCode === 0 ? gone.replace(/^.*?, and /, '') : gone}. It may be ${suspects.join(', or ')}.` +
          (line ? ` Its log ends with: "${safeQuote(line, hidden, 200)}".` : ''),
        evidence: [
          fieldProof(pod, 'Pod', exitCode, 'exitCode'),
          ...logProofs(log, line ? [line] : [], hidden),
        ],
        remediation: [
          `kubectl -n ${pod.metadata.namespace} get events --field-selector involvedObject.name=${pod.metadata.name} --watch   # "Killing" names a probe`,
          `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}`,
          ...(probe ? [`${editCommand(workload)}   # ${probe} of container ${container.name}`] : []),
        ],
      };
    });
  },
};
