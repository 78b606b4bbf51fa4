import type { KubeObject } from '../../../cluster/types.ts';
import { because } from '../because.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { workloadOf } from '../owners.ts';
import { fieldProof, hiddenValues, logProofs } from '../prove.ts';
import { hasReadyPods, meaningOf, podsBehind } from '../services.ts';
import { containersOf, isSidecar } from '../shapes.ts';
import type { Mode, Ref } from '../types.ts';
import { millis, refOf, refText, type World } from '../world.ts';

const PATIENCE = 120_000;

/** An init container that runs on and on, usually waiting for something: decided by its state and its log. */
export const initWaiting: Mode = {
  name: 'init-waiting',
  checks: 'init containers that do not finish',
  needs: ['Service', 'NetworkPolicy'],
  find(world) {
    return world
      .mine('Pod')
      .filter(pod => pod.status?.phase === 'Pending')
      .flatMap(containersOf)
      .flatMap(item => {
        const { pod, container, status } = item;
        const running = status?.state?.running;
        if (!item.init || !running || isSidecar(item)) return [];
        const log = world.log(pod, container.name)?.current;
        const cause = log?.causes[0];
        const age = world.now - millis(running.startedAt);
        const why = cause ? because(world, item, cause) : undefined;
        const waits = [...(log?.tail ?? [])].reverse().find(line => /wait|retry|not ready|sleep/i.test(line));
        // Without a complaint in the log a young init container is simply at work.
        const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
        const asked = hostIn(waits ?? '', command);
        const down = why || !asked ? undefined : downDependency(world, asked, pod);
        if (age < PATIENCE && !cause && !waits && !down) return [];
        if (!cause && !waits && !down && (log?.lines ?? 0) > 0) return [];
        const hidden = hiddenValues(pod);
        const lines = [...new Set([cause?.line, waits, ...(log?.decisive ?? [])])].filter(
          line => line !== undefined,
        );
        const workload = workloadOf(world, pod, 'Pod');
        const target = hostIn(lines.join('\n'), command);
        const about =
          !why && target ? because(world, item, { kind: 'dns', line: '', subject: target }) : undefined;
        const told = why?.text ?? (about?.text.includes('no Service') ? about.text : down?.text);
        return [
          {
            mode: 'init-waiting',
            severity: 'critical' as const,
            object: refOf(pod, 'Pod'),
            workload: refText(workload),
            rootCause:
              `${refText(workload)} does not start because its init container ${container.name} has not finished (running for ${duration(age)})` +
              (told ? `: ${told}.` : target ? `: it waits for ${target}.` : '.') +
              (lines[0] ? ` Its log says: "${safeQuote(lines[0], hidden, 200)}".` : '') +
              (command && command.length < 240 ? ` It runs: ${safeQuote(command, hidden, 200)}.` : ''),
            evidence: [
              ...logProofs(log, lines.slice(0, 3), hidden),
              ...(container.command ? [fieldProof(pod, 'Pod', container.command.at(-1))] : []),
            ],
            remediation: [
              ...(why?.remediation ?? about?.remediation ?? []),
              `kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name} -c ${container.name}`,
            ],
            ruledOut: ['Scheduling: the init container runs.'],
            ...((why?.causedBy ?? down?.causedBy) ? { causedBy: why?.causedBy ?? down?.causedBy } : {}),
          },
        ];
      });
  },
};

/** What is waited for is a Service that nothing ready stands behind. */
function downDependency(
  world: World,
  target: string,
  waiting: KubeObject,
): { text: string; causedBy: Ref } | undefined {
  const meaning = meaningOf(world, target, waiting.metadata.namespace ?? '');
  if (meaning.kind !== 'service' || hasReadyPods(world, meaning.service)) return undefined;
  if (!world.covers(meaning.service.metadata.namespace ?? '')) return undefined;
  const [pod] = podsBehind(world, meaning.service);
  if (!pod && !meaning.service.spec?.selector) return undefined;
  const label = refText(refOf(meaning.service, 'Service'));
  return {
    text: `it waits for ${target}, and ${label} has no ready endpoints`,
    causedBy: pod ? refOf(pod, 'Pod') : refOf(meaning.service, 'Service'),
  };
}

function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** The host that a waiting loop asks for, from its command. */
function hostIn(log: string, command: string): string | undefined {
  const pattern =
    /(?:nc(?: -\S+)*|nslookup|wget[^|;&]*?:\/\/|curl[^|;&]*?:\/\/|getent hosts|ping(?: -\S+(?: \d+)?)*|pg_isready[^;]*-h|redis-cli[^;]*-h|mysqladmin[^;]*-h)\s*([a-z][\w.-]+)/i;
  return pattern.exec(command)?.[1] ?? /(?:wait(?:ing)?) for ([a-z][\w.-]*)/i.exec(`${log}\n${command}`)?.[1];
}
