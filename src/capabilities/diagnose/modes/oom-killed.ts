import { endsOf } from '../ends.ts';
import { tinyMemory } from '../milli-bytes.ts';
import { editCommand, kubectlName, workloadOf } from '../owners.ts';
import { endedLog, fieldProof, logProofs } from '../prove.ts';
import type { Mode } from '../types.ts';
import { refOf, refText } from '../world.ts';

/** The kernel killed a container at its memory limit: decided by `terminated.reason` OOMKilled. */
export const oomKilled: Mode = {
  name: 'oom-killed',
  checks: 'containers killed at their memory limit',
  needs: [],
  find(world) {
    return endsOf(world, world.unwellPods(), 'oom').map(item => {
      const { pod, container, end } = item;
      const limit = container.resources?.limits?.['memory'];
      const request = container.resources?.requests?.['memory'];
      const workload = workloadOf(world, pod, 'Pod');
      const log = endedLog(world, item);
      const { exitCode } = end.terminated;
      const cause = limit
        ? `it uses more memory than its limit of ${limit}${request && request !== limit ? ` (request ${request})` : ''}`
        : `it has no memory limit of its own, so node ${pod.spec?.nodeName ?? ''} or its pod's cgroup ran out of memory`;
      const tiny = tinyMemory(pod);
      return {
        mode: 'oom-killed',
        severity: 'critical',
        object: refOf(pod, 'Pod'),
        workload: refText(workload),
        rootCause:
          `${item.init ? 'Init container' : 'Container'} ${container.name} of ${refText(workload)} is killed for running out of memory (OOMKilled, exit code ${exitCode}): ${cause}. ` +
          `It has restarted ${end.restarts} time${end.restarts === 1 ? '' : 's'}.${tiny ? ` ${tiny.text}.` : ''}`,
        evidence: [
          fieldProof(pod, 'Pod', 'OOMKilled', 'reason'),
          ...(limit ? [fieldProof(pod, 'Pod', limit, 'memory')] : []),
          ...logProofs(log, (log?.tail ?? []).slice(-1)),
        ],
        remediation: [
          ...(tiny ? [`${editCommand(workload)}   ${tiny.fix}`] : []),
          limit
            ? `kubectl -n ${pod.metadata.namespace} set resources ${kubectlName(workload)} -c ${container.name} --limits=memory=<more than ${limit}>`
            : `kubectl -n ${pod.metadata.namespace} set resources ${kubectlName(workload)} -c ${container.name} --requests=memory=<what it needs> --limits=memory=<what it may use>`,
          'Find out what the memory is used for (heap size settings, a leak, one large request) before raising the limit again.',
        ],
        ruledOut: [
          'An error of the program itself: the kernel ended it with SIGKILL.',
          'The kubelet: it did not ask the container to end.',
        ],
      };
    });
  },
};
