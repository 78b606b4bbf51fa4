import type { KubeObject } from '../../../cluster/types.ts';
import { selectorText } from '../fit.ts';
import { type LabelSelector, matchesSelector } from '../labels.ts';
import { isolating } from '../netpol.ts';
import { fieldProof } from '../prove.ts';
import { podsBehind } from '../services.ts';
import { isPodReady } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: unknown;
}

/**
 * Ready pods behind a Service that policies let nobody reach: every policy that isolates them either has no
 * ingress rule, or admits only pods that do not exist. Policies add up, so one open rule of any is enough.
 */
export const networkPolicy: Mode = {
  name: 'network-policy',
  checks: 'NetworkPolicies that let nobody in',
  needs: ['NetworkPolicy', 'Service'],
  find(world) {
    return world.mine('Service').flatMap(service => {
      const pod = podsBehind(world, service).find(isPodReady);
      const draft = pod && check(world, service, pod);
      return draft ? [draft] : [];
    });
  },
};

function check(world: World, service: KubeObject, pod: KubeObject): Draft | undefined {
  const policies = isolating(world, pod, 'ingress');
  const first = policies[0];
  if (!first) return undefined;
  const namespace = pod.metadata.namespace ?? '';
  const rules = policies.flatMap(policy => (policy.spec?.ingress ?? []) as Array<{ from?: Peer[] }>);
  const admits = rules.some(
    rule => !rule.from?.length || rule.from.some(peer => isOpen(world, peer, namespace)),
  );
  if (admits) return undefined;
  const wanted = rules.flatMap(rule => rule.from ?? []).map(peer => selectorText(peer.podSelector));
  const names = policies.map(policy => policy.metadata.name).join(', ');
  const why =
    rules.length === 0
      ? 'allows no ingress at all'
      : `admits only pods with ${wanted.join(' or ')}, and no such pod exists in namespace ${namespace}`;
  return {
    mode: 'network-policy',
    severity: 'warning',
    object: refOf(service, 'Service'),
    rootCause: `${refText(refOf(service, 'Service'))} cannot be reached by other pods: NetworkPolicy ${names} in namespace ${namespace} selects the pods behind it and ${why}.`,
    evidence: [
      fieldProof(
        first,
        'NetworkPolicy',
        JSON.stringify(first.spec?.podSelector ?? {}).slice(0, 200),
        'podSelector',
      ),
      ...(rules.length === 0
        ? [
            fieldProof(
              first,
              'NetworkPolicy',
              JSON.stringify(first.spec?.policyTypes ?? ['Ingress']),
              'policyTypes',
            ),
          ]
        : []),
      ...wanted
        .slice(0, 2)
        .map(text => fieldProof(first, 'NetworkPolicy', text.slice(text.indexOf('=') + 1))),
    ],
    remediation: [
      `kubectl -n ${namespace} edit networkpolicy ${first.metadata.name}   # admit the pods that need ${service.metadata.name}`,
    ],
    ruledOut: ['Selector and readiness: the Service has ready endpoints.'],
    affected: [
      refText(refOf(pod, 'Pod')),
      ...policies.map(policy => refText(refOf(policy, 'NetworkPolicy'))),
    ],
  };
}

function isOpen(world: World, peer: Peer, namespace: string): boolean {
  if (peer.ipBlock || peer.namespaceSelector) return true;
  return world.in('Pod', namespace).some(pod => matchesSelector(peer.podSelector ?? {}, pod.metadata.labels));
}
