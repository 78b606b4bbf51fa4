import { because } from '../because.ts';
import { endsOf } from '../ends.ts';
import type { LogCause } from '../logs/causes.ts';
import type { LogDigest } from '../logs/digest.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { workloadOf } from '../owners.ts';
import { endedLog, fieldProof, hiddenValues, logProofs } from '../prove.ts';
import type { Terminated } from '../shapes.ts';
import type { Mode, Ref } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

const SIGNALS: Record<number, string> = {
  130: 'SIGINT',
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV, a segmentation fault',
  143: 'SIGTERM',
};

/** A program that ends by itself with an error: decided by the exit code and its last meaningful log lines. */
export const appCrash: Mode = {
  name: 'app-crash',
  checks: 'containers that exit with an error',
  needs: [
    'Service',
    'ConfigMap',
    'Secret',
    'NetworkPolicy',
    'Role',
    'RoleBinding',
    'ClusterRole',
    'ClusterRoleBinding',
  ],
  find(world) {
    return endsOf(world, world.unwellPods(), 'crash').map(item => {
      const { pod, container, end } = item;
      const log = endedLog(world, item);
      const hidden = hiddenValues(pod);
      const cause = firstCause(log?.causes ?? []);
      const why = cause ? because(world, item, cause) : undefined;
      const lines = cause ? [cause.line, ...(log?.decisive ?? [])] : lastWords(log);
      const workload = workloadOf(world, pod, 'Pod');
      const frame = why ? '' : safeQuote(log?.frame ?? '', hidden, 160);
      const role = item.init ? 'init container' : 'container';
      const happens = end.restarts > 0 ? `keeps crashing (${end.restarts} restarts)` : 'failed';
      const said = lines[0] ? safeQuote(lines[0], hidden, 220) : '';
      const message = end.terminated.message ? safeQuote(end.terminated.message, hidden, 220) : '';
      const reason = why ? `: ${why.text}` : '';
      return {
        mode: 'app-crash',
        severity: 'critical',
        object: refOf(pod, 'Pod'),
        workload: refText(workload),
        rootCause:
          `${role === 'container' ? 'Container' : 'Init container'} ${container.name} of ${refText(workload)} ${happens} with ${exitText(end.terminated)}${reason}.` +
          (said
            ? ` Its log says: "${said}"${frame ? `, at ${frame}` : ''}.`
            : message
              ? ` It left the message: "${message}".`
              : ' Why cannot be told from the data: neither a log of the ended container nor a message of its end is there.'),
        evidence: [
          ...logProofs(log, [...new Set(lines)].slice(0, 4), hidden),
          ...logProofs(log, frame ? [frame] : [], hidden),
          ...(log ? [] : [fieldProof(pod, 'Pod', end.terminated.exitCode, 'exitCode')]),
          ...(message ? [fieldProof(pod, 'Pod', message)] : []),
          ...(why?.evidence ?? []),
        ],
        remediation: [
          ...(why?.remediation ?? [
            `kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name} -c ${container.name} --previous`,
            hasEarlierRevision(world, workload)
              ? `Mend what the log names, or go back: kubectl -n ${pod.metadata.namespace} rollout undo ${workload.kind.toLowerCase()}/${workload.name}`
              : `Mend what the log names in ${refText(workload)}: the program ends by itself, so restarting it changes nothing.`,
          ]),
        ],
        ruledOut: [
          'The kernel and the kubelet: neither killed it, the process ended by itself.',
          'Scheduling: the pod has a node and the process started.',
        ],
        ...(why?.causedBy ? { causedBy: why.causedBy } : {}),
      };
    });
  },
};

/** The last complaint leads, unless it is that a file is missing which could not be written before. */
function firstCause(causes: readonly LogCause[]): LogCause | undefined {
  const [last] = causes;
  if (last?.kind !== 'missing-file') return last;
  return (
    causes.find(
      cause => cause.kind === 'permission' && cause.subject !== '' && last.subject.startsWith(cause.subject),
    ) ?? last
  );
}

/** Whether `rollout undo` has anywhere to go. */
function hasEarlierRevision(world: World, workload: Ref): boolean {
  const object = world.get(workload.kind, workload.namespace, workload.name);
  if (object?.kind !== 'Deployment')
    return (object?.status?.currentRevision ?? '') !== (object?.status?.updateRevision ?? '');
  return world.childrenOf(object).filter(child => child.kind === 'ReplicaSet').length > 1;
}

function exitText(terminated: Terminated): string {
  const signal = SIGNALS[terminated.exitCode];
  return `exit code ${terminated.exitCode}${signal ? ` (${signal})` : ''}`;
}

/** The telling lines of a log, or its very end where nothing stands out. */
function lastWords(log: LogDigest | undefined): string[] {
  if (!log) return [];
  return log.decisive.length > 0 ? log.decisive.slice(0, 3) : log.tail.slice(-3).reverse();
}
