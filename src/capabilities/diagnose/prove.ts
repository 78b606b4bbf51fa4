import type { KubeObject } from '../../cluster/types.ts';
import type { LogDigest } from './logs/digest.ts';
import { safeQuote } from './logs/safe-quote.ts';
import type { PodContainer } from './shapes.ts';
import type { Proof } from './types.ts';
import { type EventRecord, refOf, refText, type World } from './world.ts';

export function eventProof(event: EventRecord): Proof {
  return { quote: safeQuote(event.message, [], 600), source: `k8s.events ${refText(event.object)}` };
}

/** What stands in the object itself: a status message, or with `key` a field and its value (`replicas: 0`). */
export function fieldProof(object: KubeObject, kind: string, value: unknown, key?: string): Proof {
  const text = safeQuote(String(value), [], 600);
  return { quote: key && text ? `${key}: ${text}` : text, source: `k8s.get ${refText(refOf(object, kind))}` };
}

/** The newest event of an object that fits; with `warning` only of type Warning. */
export function findEvent(
  world: World,
  object: KubeObject,
  kind: string,
  pattern: RegExp,
): EventRecord | undefined {
  return world.eventsOf(object, kind).find(event => pattern.test(`${event.reason}: ${event.message}`));
}

/** The log of the instance that ended: the previous one where a new one runs by now. */
export function endedLog(world: World, item: PodContainer): LogDigest | undefined {
  const log = world.log(item.pod, item.container.name);
  if (item.status?.state?.running) return log?.previous ?? log?.current;
  return log?.current ?? log?.previous;
}

export function logProofs(
  log: LogDigest | undefined,
  lines: readonly string[],
  hidden: Iterable<string> = [],
): Proof[] {
  if (!log) return [];
  return lines
    .map(line => ({ quote: safeQuote(line, hidden), source: log.source }))
    .filter(proof => proof.quote.length > 2);
}

/** Values of environment variables whose names say that they are secret: never to be quoted. */
export function hiddenValues(pod: KubeObject): string[] {
  const secretName = /pass|secret|token|key|credential|auth|private|dsn|conn(?:ection)?_?str/i;
  return (['initContainers', 'containers'] as const).flatMap(field =>
    ((pod.spec?.[field] ?? []) as Array<{ env?: Array<{ name: string; value?: string }> }>).flatMap(
      container =>
        (container.env ?? []).flatMap(entry =>
          entry.value && entry.value.length >= 4 && secretName.test(entry.name) ? [entry.value] : [],
        ),
    ),
  );
}
