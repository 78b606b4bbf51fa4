import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { ownersOf, podsBelow } from '../owners.ts';
import { fieldProof } from '../prove.ts';
import { podsBehind } from '../services.ts';
import { conditionOf, isFinished, isPodReady } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

type Labels = Record<string, string>;

/** A Service that reaches no pod: decided by its selector against the labels of the pods that exist. */
export const serviceEndpoints: Mode = {
  name: 'service-no-endpoints',
  checks: 'Services without endpoints',
  needs: ['Service', 'EndpointSlice', 'Endpoints'],
  find(world) {
    return world.mine('Service').flatMap(service => {
      const selector = service.spec?.selector as Labels | undefined;
      if (service.spec?.type === 'ExternalName') return [];
      if (!selector || Object.keys(selector).length === 0) return manual(world, service);
      const pods = podsBehind(world, service);
      if (pods.length === 0) return [noPods(world, service, selector)].filter(draft => draft !== undefined);
      if (pods.some(isPodReady)) return [];
      return [notReady(service, pods)];
    });
  },
};

function noPods(world: World, service: KubeObject, selector: Labels): Draft | undefined {
  const namespace = service.metadata.namespace ?? '';
  const asleep = sleepingWorkload(world, namespace, selector);
  const ref = refOf(service, 'Service');
  const text = labelsText(selector);
  const base = {
    mode: 'service-no-endpoints' as const,
    object: ref,
    affected: [],
  };
  if (asleep) {
    return {
      ...base,
      severity: 'info',
      rootCause: `${refText(ref)} has no endpoints because ${refText(refOf(asleep))}, whose pods it selects (${text}), is scaled to 0 replicas.`,
      evidence: [fieldProof(asleep, asleep.kind, 0, 'replicas')],
      remediation: [
        `kubectl -n ${namespace} scale ${asleep.kind.toLowerCase()}/${asleep.metadata.name} --replicas=1   # if it is meant to run`,
      ],
      causedBy: refOf(asleep),
    };
  }
  const creator = templateMatch(world, namespace, selector);
  if (creator) {
    return {
      ...base,
      severity: 'critical',
      rootCause: `${refText(ref)} has no endpoints because ${refText(refOf(creator))}, whose pods it selects (${text}), has no pods.`,
      evidence: Object.entries(selector)
        .slice(0, 2)
        .map(([key, value]) => fieldProof(service, 'Service', value, key)),
      remediation: [
        `kubectl -n ${namespace} describe ${creator.kind.toLowerCase()}/${creator.metadata.name}`,
      ],
      causedBy: refOf(creator),
    };
  }
  const candidate = bestCandidate(world, service, selector);
  if (!candidate) {
    return {
      ...base,
      severity: 'warning',
      rootCause: `${refText(ref)} has no endpoints: its selector ${text} matches no pod, and no workload in namespace ${namespace} has pods with similar labels.`,
      evidence: Object.entries(selector).map(([key, value]) => fieldProof(service, 'Service', value, key)),
      remediation: [`Deploy the workload that ${service.metadata.name} is meant for, or delete the Service.`],
    };
  }
  const labels: Labels = candidate.metadata.labels ?? {};
  const wrong = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const diff = wrong
    .map(([key, value]) =>
      key in labels
        ? `the selector wants ${key}=${value} but the pods have ${key}=${labels[key]}`
        : `the selector wants the label ${key}=${value}, which the pods do not have${similarKey(key, labels)}`,
    )
    .join('; ');
  const owner = ownersOf(world, candidate).at(-1);
  const chosen = owner && world.get(owner.kind, owner.namespace, owner.name)?.spec?.selector?.matchLabels;
  const fix: Record<string, string | null> = Object.fromEntries(
    Object.entries(selector).map(([key]) => [key, labels[key] ?? null]),
  );
  // An empty selector would match nothing: without a label in common, that of the workload takes its place.
  if (Object.values(fix).every(value => value === null)) Object.assign(fix, chosen ?? {});
  return {
    ...base,
    severity: 'critical',
    rootCause: `${refText(ref)} has no endpoints because its selector (${text}) matches no pod: ${diff}. The pods of ${owner ? refText(owner) : refText(refOf(candidate, 'Pod'))} carry the labels ${labelsText(labels)}.`,
    evidence: [
      ...wrong.map(([key, value]) => fieldProof(service, 'Service', value, key)),
      ...wrong.flatMap(([key]) => (labels[key] ? [fieldProof(candidate, 'Pod', labels[key], key)] : [])),
      ...Object.entries(labels)
        .filter(([key]) => key !== 'pod-template-hash' && wrong.every(([other]) => !(other in labels)))
        .slice(0, 2)
        .map(([key, value]) => fieldProof(candidate, 'Pod', value, key)),
    ],
    remediation: [
      `kubectl -n ${namespace} patch service ${service.metadata.name} --type merge -p '${JSON.stringify({ spec: { selector: fix } })}'`,
      owner
        ? `or give the pods the label: kubectl -n ${namespace} patch ${owner.kind.toLowerCase()} ${owner.name} --type merge -p '${JSON.stringify({ spec: { template: { metadata: { labels: Object.fromEntries(wrong) } } } })}'`
        : `or label the pod: kubectl -n ${namespace} label pod ${candidate.metadata.name} ${wrong.map(([key, value]) => `${key}=${value}`).join(' ')}`,
    ],
    affected: owner ? [refText(owner)] : [refText(refOf(candidate, 'Pod'))],
    ruledOut: [
      isPodReady(candidate)
        ? 'The pods themselves: they are running and ready.'
        : 'The selector is wrong whether or not the pods are ready.',
    ],
  };
}

function notReady(service: KubeObject, pods: KubeObject[]): Draft {
  const ref = refOf(service, 'Service');
  const first = pods[0]!;
  const names = pods
    .slice(0, 3)
    .map(pod => pod.metadata.name)
    .join(', ');
  const unready = conditionOf(first, 'Ready');
  return {
    mode: 'service-no-ready-pods',
    severity: 'critical',
    object: ref,
    rootCause: `${refText(ref)} has no ready endpoints because ${pods.length === 1 ? `its only pod ${first.metadata.name} is not ready` : `none of the ${pods.length} pods behind it is ready (${names})`}.`,
    evidence: [
      unready?.message
        ? fieldProof(first, 'Pod', unready.message)
        : fieldProof(first, 'Pod', first.status?.phase, 'phase'),
    ],
    remediation: [
      `Mend the pods first: kubectl -n ${service.metadata.namespace} get pods -l ${labelsText(service.spec.selector)}`,
    ],
    ruledOut: ['Selector: it matches pods.'],
    affected: pods.map(pod => refText(refOf(pod, 'Pod'))),
    causedBy: refOf(first, 'Pod'),
  };
}

/** A Service without selector lives from endpoints that somebody else writes. */
function manual(world: World, service: KubeObject): Draft[] {
  const namespace = service.metadata.namespace ?? '';
  if (!world.knows('EndpointSlice') || service.metadata.name === 'kubernetes') return [];
  const slices = world
    .in('EndpointSlice', namespace)
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name);
  const has = slices.some(slice => (slice['endpoints'] ?? []).length > 0);
  const legacy = world.get('Endpoints', namespace, service.metadata.name);
  if (has || (legacy?.['subsets'] ?? []).length > 0 || service.spec?.clusterIP === 'None') return [];
  const ref = refOf(service, 'Service');
  return [
    {
      mode: 'service-no-endpoints' as const,
      severity: 'warning',
      object: ref,
      rootCause: `${refText(ref)} has no selector and no endpoints: nothing tells it which pods to send traffic to.`,
      evidence: [
        fieldProof(
          service,
          'Service',
          service.spec?.clusterIP ?? service.spec?.type,
          service.spec?.clusterIP ? 'clusterIP' : 'type',
        ),
      ],
      remediation: [`kubectl -n ${namespace} edit service ${service.metadata.name}   # add spec.selector`],
    },
  ];
}

function workloads(world: World, namespace: string): KubeObject[] {
  return ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap(kind => world.in(kind, namespace));
}

function templateMatch(world: World, namespace: string, selector: Labels): KubeObject | undefined {
  return workloads(world, namespace).find(item => {
    const labels: Labels = item.spec?.template?.metadata?.labels ?? {};
    return (
      Object.entries(selector).every(([key, value]) => labels[key] === value) &&
      podsBelow(world, item).length === 0
    );
  });
}

function sleepingWorkload(world: World, namespace: string, selector: Labels): KubeObject | undefined {
  const found = templateMatch(world, namespace, selector);
  return found?.spec?.replicas === 0 ? found : undefined;
}

/** The pod that the Service was most likely meant for: shared labels, similar values, a similar name. */
function bestCandidate(world: World, service: KubeObject, selector: Labels): KubeObject | undefined {
  let best: { pod: KubeObject; score: number } | undefined;
  for (const pod of world.in('Pod', service.metadata.namespace ?? '')) {
    if (isFinished(pod)) continue;
    const labels: Labels = pod.metadata.labels ?? {};
    const values = Object.values(labels);
    let score = 0;
    for (const [key, value] of Object.entries(selector)) {
      if (labels[key] === value) score += 3;
      else if (key in labels && nearest(value, [labels[key] ?? '']).length > 0) score += 2;
      else if (values.includes(value)) score += 2;
      else if (nearest(value, values).length > 0) score += 1;
    }
    if (
      pod.metadata.name.startsWith(`${service.metadata.name}-`) ||
      pod.metadata.name === service.metadata.name
    )
      score += 2;
    if (isPodReady(pod)) score += 0.5;
    if (score >= 1 && (!best || score > best.score)) best = { pod, score };
  }
  return best?.pod;
}

function similarKey(key: string, labels: Labels): string {
  const near = nearest(key, Object.keys(labels), 1)[0];
  return near ? ` (they have ${near}=${labels[near]})` : '';
}

export function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .filter(([key]) => key !== 'pod-template-hash')
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
