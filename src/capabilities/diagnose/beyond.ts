import type { LogDigest } from './logs/digest.ts';
import { meaningOf } from './services.ts';
import { type Container, containersOf } from './shapes.ts';
import type { World } from './world.ts';

/** Lines of a log's end in which a dependency may be named. */
const LAST_LINES = 10;
const HOST = /[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*(?:\.svc[a-z.]*)?/g;

/**
 * Namespaces outside of the scope with a Service that the logs of its pods, or the settings of those that are
 * unwell, name (`ledger-db.data`, its cluster address): what is behind it may explain what is seen here.
 */
export function namespacesBeyond(world: World): string[] {
  const found = new Set<string>();
  const unwell = new Set(world.unwellPods());
  for (const pod of world.all('Pod')) {
    const from = pod.metadata.namespace ?? '';
    for (const { container } of containersOf(pod)) {
      const log = world.log(pod, container.name);
      const hosts = [...hostsIn(log?.current), ...hostsIn(log?.previous)];
      if (unwell.has(pod)) hosts.push(...(settings(container).match(HOST) ?? []));
      for (const host of hosts) {
        const meaning = meaningOf(world, host, from);
        if (meaning.kind !== 'service') continue;
        const namespace = meaning.service.metadata.namespace ?? '';
        if (!world.covers(namespace)) found.add(namespace);
      }
    }
  }
  return [...found];
}

function hostsIn(log: LogDigest | undefined): string[] {
  if (!log) return [];
  const lines = [...log.causes.map(cause => cause.line), ...log.tail.slice(-LAST_LINES)].join('\n');
  return [...log.causes.map(cause => cause.subject).filter(Boolean), ...(lines.match(HOST) ?? [])];
}

function settings(container: Container): string {
  const values = (container.env ?? []).map(entry => entry.value ?? '');
  return [...(container.command ?? []), ...(container.args ?? []), ...values].join(' ');
}
