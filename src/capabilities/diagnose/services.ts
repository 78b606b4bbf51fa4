import type { KubeObject } from '../../cluster/types.ts';
import { nearest } from '../../shared/nearest.ts';
import { isFinished, isPodReady } from './shapes.ts';
import { matchesLabels, type World } from './world.ts';

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: string;
}

export function servicePorts(service: KubeObject): ServicePort[] {
  return service.spec?.ports ?? [];
}

/** Pods that a service's selector matches, finished ones left out. */
export function podsBehind(world: World, service: KubeObject): KubeObject[] {
  const selector = service.spec?.selector as Record<string, string> | undefined;
  if (!selector || Object.keys(selector).length === 0) return [];
  return world
    .in('Pod', service.metadata.namespace ?? '')
    .filter(pod => matchesLabels(selector, pod.metadata.labels) && !isFinished(pod));
}

export function hasReadyPods(world: World, service: KubeObject): boolean {
  return podsBehind(world, service).some(isPodReady);
}

/** What a host name or address in a log stands for, seen from a namespace. */
export type HostMeaning =
  | { kind: 'service'; service: KubeObject }
  | { kind: 'no-service'; name: string; namespace: string; near: string[]; elsewhere: string[] }
  | { kind: 'pod'; pod: KubeObject }
  | { kind: 'loopback' }
  | { kind: 'outside' };

export function meaningOf(world: World, host: string, from: string): HostMeaning {
  const bare = host.replace(/\.$/, '');
  if (/^(?:localhost|127\.|::1$|0\.0\.0\.0$)/.test(bare)) return { kind: 'loopback' };
  if (/^[\d.]+$|^[0-9a-f]*:[0-9a-f:]+$/i.test(bare)) return meaningOfAddress(world, bare);
  const [name = '', second, third] = bare.split('.');
  const inCluster = second === undefined || third === 'svc' || bare.endsWith('.local');
  const namespace = second ?? from;
  const direct = world.get('Service', namespace, name);
  if (direct) return { kind: 'service', service: direct };
  // web-0.web.shop.svc: a pod of a headless service.
  if (third && third !== 'svc') {
    const headless = world.get('Service', third, second ?? '');
    if (headless) return { kind: 'service', service: headless };
  }
  // web-0.web, seen from its own namespace.
  const governing = second !== undefined && third === undefined && world.get('Service', from, second);
  if (governing) return { kind: 'service', service: governing };
  const known = world.all('Service');
  const namespaces = new Set(known.map(service => service.metadata.namespace ?? ''));
  if (second && !third && !namespaces.has(second) && isPodOfSet(world, name, second, from)) {
    const own = known
      .filter(service => service.metadata.namespace === from)
      .map(service => service.metadata.name);
    return { kind: 'no-service', name: second, namespace: from, near: nearest(second, own), elsewhere: [] };
  }
  if (!inCluster && !namespaces.has(namespace) && world.get('Namespace', '', namespace) === undefined) {
    return { kind: 'outside' };
  }
  const names = known.filter(service => service.metadata.namespace === namespace);
  const elsewhere = known
    .filter(service => service.metadata.name === name && service.metadata.namespace !== namespace)
    .map(service => service.metadata.namespace ?? '');
  return {
    kind: 'no-service',
    name,
    namespace,
    near: nearest(
      name,
      names.map(service => service.metadata.name),
    ),
    elsewhere,
  };
}

/** `kafka-1` of a StatefulSet `kafka` whose pods are to be found through that Service. */
function isPodOfSet(world: World, pod: string, service: string, namespace: string): boolean {
  const set = world.get('StatefulSet', namespace, pod.replace(/-\d+$/, ''));
  return set?.spec?.serviceName === service;
}

function meaningOfAddress(world: World, address: string): HostMeaning {
  const service = world
    .all('Service')
    .find(item => item.spec?.clusterIP === address || (item.spec?.clusterIPs ?? []).includes(address));
  if (service) return { kind: 'service', service };
  const pod = world.all('Pod').find(item => item.status?.podIP === address);
  return pod ? { kind: 'pod', pod } : { kind: 'outside' };
}
