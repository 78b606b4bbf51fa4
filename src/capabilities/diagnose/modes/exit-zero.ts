import { endsOf } from '../ends.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { endedLog, fieldProof, logProofs } from '../prove.ts';
import type { Mode } from '../types.ts';
import { refOf, refText } from '../world.ts';

/** A program that ends normally where one is wanted that stays: restartPolicy Always and exit code 0. */
export const exitZero: Mode = {
  name: 'exit-zero',
  checks: 'containers that finish though they should keep running',
  needs: [],
  find(world) {
    return endsOf(world, world.unwellPods(), 'exit-zero')
      .filter(item => !item.init && (item.pod.spec?.restartPolicy ?? 'Always') === 'Always')
      .map(item => {
        const { pod, container, end } = item;
        const workload = workloadOf(world, pod, 'Pod');
        const log = endedLog(world, item);
        const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
        return {
          mode: 'exit-zero',
          severity: 'critical',
          object: refOf(pod, 'Pod'),
          workload: refText(workload),
          rootCause:
            `Container ${container.name} of ${refText(workload)} finishes successfully (exit code 0, Completed) and is restarted again and again (${end.restarts} restarts): ` +
            `its main process ends instead of staying in the foreground, and a ${workload.kind} restarts whatever ends.` +
            (command && command.length < 160 ? ` Its command is: ${safeQuote(command)}.` : ''),
          evidence: [
            fieldProof(pod, 'Pod', end.terminated.reason ?? 'Completed'),
            ...(container.command?.[0] ? [fieldProof(pod, 'Pod', container.command.at(-1))] : []),
            ...logProofs(log, (log?.tail ?? []).slice(-2)),
          ],
          remediation: [
            `${editCommand(workload)}   # run the server in the foreground`,
            'If the work is meant to end, run it as a Job or CronJob instead.',
          ],
          ruledOut: ['An abnormal end: the exit code is 0.'],
        };
      });
  },
};
