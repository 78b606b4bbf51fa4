import type { KubeObject } from '../../cluster/types.ts';
import { selectorText } from './fit.ts';
import { type LabelSelector, matchesSelector } from './labels.ts';
import type { World } from './world.ts';

type Direction = 'ingress' | 'egress';

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr: string };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: Array<{ port?: number | string; endPort?: number; protocol?: string }>;
}

/** Policies that isolate a pod in one direction. Policies add up: traffic is allowed when any rule of any allows it. */
export function isolating(world: World, pod: KubeObject, direction: Direction): KubeObject[] {
  return world.in('NetworkPolicy', pod.metadata.namespace ?? '').filter(policy => {
    const types: string[] =
      policy.spec?.policyTypes ?? (policy.spec?.egress ? ['Ingress', 'Egress'] : ['Ingress']);
    const covers = types.some(type => type.toLowerCase() === direction);
    return covers && matchesSelector(policy.spec?.podSelector, pod.metadata.labels);
  });
}

/** The policy that keeps `from` from reaching `to` on a port, if one does. */
export function deniedPath(
  world: World,
  from: KubeObject,
  to: KubeObject,
  port: number | undefined,
): { policy: KubeObject; direction: Direction; policies: KubeObject[]; admits: string } | undefined {
  for (const [pod, other, direction] of [
    [to, from, 'ingress'],
    [from, to, 'egress'],
  ] as const) {
    const policies = isolating(world, pod, direction);
    if (policies.length === 0) continue;
    const allowed = policies.some(policy =>
      ((policy.spec?.[direction] ?? []) as Rule[]).some(
        rule => peerMatches(world, rule, direction, pod, other) && portMatches(rule, to, port),
      ),
    );
    if (allowed) continue;
    const rules = (policy: KubeObject) => (policy.spec?.[direction] ?? []) as Rule[];
    // The one to change is that which lets others pass.
    const policy = policies.find(item => rules(item).length > 0) ?? policies[0]!;
    const peers = rules(policy).flatMap(rule => (direction === 'ingress' ? rule.from : rule.to) ?? []);
    const admits = [...new Set(peers.map(peerText))].join(' or ');
    return { policy, direction, policies, admits };
  }
  return undefined;
}

/** A policy that restricts a pod's egress while none lets it ask DNS. */
export function egressWithoutDns(world: World, pod: KubeObject): KubeObject | undefined {
  const policies = isolating(world, pod, 'egress');
  const dns = policies.some(policy =>
    ((policy.spec?.egress ?? []) as Rule[]).some(
      rule => !rule.ports?.length || rule.ports.some(entry => entry.port === undefined || covers(entry, 53)),
    ),
  );
  return dns ? undefined : policies[0];
}

function peerMatches(
  world: World,
  rule: Rule,
  direction: Direction,
  pod: KubeObject,
  other: KubeObject,
): boolean {
  const peers = direction === 'ingress' ? rule.from : rule.to;
  if (!peers?.length) return true;
  return peers.some(peer => {
    if (peer.ipBlock) return true;
    const namespace = other.metadata.namespace ?? '';
    const sameNamespace = namespace === pod.metadata.namespace;
    const inNamespace = peer.namespaceSelector
      ? matchesSelector(peer.namespaceSelector, {
          'kubernetes.io/metadata.name': namespace,
          ...world.get('Namespace', '', namespace)?.metadata.labels,
        })
      : sameNamespace;
    return inNamespace && matchesSelector(peer.podSelector ?? {}, other.metadata.labels);
  });
}

function peerText(peer: Peer): string {
  const pods = selectorText(peer.podSelector);
  if (peer.namespaceSelector) {
    const namespaces = selectorText(peer.namespaceSelector);
    return `${pods ? `pods with ${pods}` : 'pods'} of ${namespaces ? `namespaces with ${namespaces}` : 'any namespace'}`;
  }
  return peer.podSelector
    ? `${pods ? `pods with ${pods}` : 'pods'} of its own namespace`
    : String(peer.ipBlock?.cidr);
}

function portMatches(rule: Rule, server: KubeObject, port: number | undefined): boolean {
  if (!rule.ports?.length || port === undefined) return true;
  const declared = (server.spec?.containers ?? []).flatMap(
    (container: { ports?: Array<{ name?: string; containerPort: number }> }) => container.ports ?? [],
  ) as Array<{ name?: string; containerPort: number }>;
  return rule.ports.some(entry => {
    if (typeof entry.port === 'string') {
      return declared.some(item => item.name === entry.port);
    }
    return covers(entry, port) || declared.some(item => covers(entry, item.containerPort));
  });
}

function covers(entry: { port?: number | string; endPort?: number }, port: number): boolean {
  if (entry.port === undefined) return true;
  if (typeof entry.port === 'string') return false;
  return port >= entry.port && port <= (entry.endPort ?? entry.port);
}
