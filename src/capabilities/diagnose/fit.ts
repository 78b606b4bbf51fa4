import type { KubeObject } from '../../cluster/types.ts';
import { type LabelSelector, matchesSelector, meets, type Requirement, requirementText } from './labels.ts';
import { quantity } from './quantity.ts';
import type { Container } from './shapes.ts';

export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

interface NodeTerm {
  matchExpressions?: Requirement[];
  matchFields?: Requirement[];
}

/** What a pod asks for: the sum of its containers, or its largest init container, plus overhead. */
export function requestsOf(pod: KubeObject): Map<string, number> {
  const total = new Map<string, number>();
  const add = (into: Map<string, number>, container: Container) => {
    const wanted = { ...container.resources?.limits, ...container.resources?.requests };
    for (const [name, value] of Object.entries(wanted)) {
      into.set(name, (into.get(name) ?? 0) + quantity(value));
    }
  };
  for (const container of (pod.spec?.containers ?? []) as Container[]) add(total, container);
  for (const container of (pod.spec?.initContainers ?? []) as Container[]) {
    if (container.restartPolicy === 'Always') {
      add(total, container);
      continue;
    }
    const single = new Map<string, number>();
    add(single, container);
    for (const [name, value] of single) total.set(name, Math.max(total.get(name) ?? 0, value));
  }
  for (const [name, value] of Object.entries((pod.spec?.overhead ?? {}) as Record<string, string>)) {
    total.set(name, (total.get(name) ?? 0) + quantity(value));
  }
  return total;
}

/** Taints that keep a pod off a node. */
export function untolerated(pod: KubeObject, node: KubeObject): Taint[] {
  const tolerations: Toleration[] = pod.spec?.tolerations ?? [];
  return ((node.spec?.taints ?? []) as Taint[]).filter(
    taint =>
      taint.effect !== 'PreferNoSchedule' &&
      taint.key !== 'node.kubernetes.io/unschedulable' &&
      !tolerations.some(
        item =>
          (!item.effect || item.effect === taint.effect) &&
          (!item.key || item.key === taint.key) &&
          (item.operator === 'Exists' || (item.value ?? '') === (taint.value ?? '')),
      ),
  );
}

/** The labels a pod insists on that a node lacks: its nodeSelector and required node affinity. */
export function unmetLabels(pod: KubeObject, node: KubeObject): string[] {
  const labels = node.metadata.labels ?? {};
  const unmet = Object.entries((pod.spec?.nodeSelector ?? {}) as Record<string, string>)
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => `${key}=${value}`);
  const terms: NodeTerm[] =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const met = terms.some(term => unmetTerm(term, node).length === 0);
  if (terms.length > 0 && !met) unmet.push(...terms.flatMap(term => unmetTerm(term, node)));
  return [...new Set(unmet)];
}

function unmetTerm(term: NodeTerm, node: KubeObject): string[] {
  const fields = { 'metadata.name': node.metadata.name };
  return [
    ...(term.matchExpressions ?? []).filter(item => !meets(item, node.metadata.labels)).map(requirementText),
    ...(term.matchFields ?? []).filter(item => !meets(item, fields)).map(requirementText),
  ];
}

/** Pods in the way of a required anti-affinity, by node name. */
export function antiAffinityTerms(
  pod: KubeObject,
): Array<{ labelSelector?: LabelSelector; topologyKey: string }> {
  return pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

export function affinityTerms(
  pod: KubeObject,
): Array<{ labelSelector?: LabelSelector; topologyKey: string }> {
  return pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

export function selectorText(selector: LabelSelector | undefined): string {
  const exact = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...exact, ...(selector?.matchExpressions ?? []).map(requirementText)].join(',');
}

export { matchesSelector };
