import type { KubeObject } from '../../../cluster/types.ts';
import { requestsOf } from '../fit.ts';
import { type Requirement, requirementText } from '../labels.ts';
import { fieldProof } from '../prove.ts';
import { quantityText } from '../quantity.ts';
import type { Reason } from './unschedulable-places.ts';

const UNSEEN = 'the nodes themselves cannot be seen in the data';

/** What keeps a pod off nodes that may not be listed: the scheduler's message against the pod's own spec. */
export function reasonsUnseen(pod: KubeObject, message: string): Reason[] {
  return [resources(pod, message), labels(pod, message), taints(message)].filter(item => item !== undefined);
}

function resources(pod: KubeObject, message: string): Reason | undefined {
  const lacking = [
    ...new Set([...message.matchAll(/Insufficient ([\w./-]*\w)/g)].map(match => match[1] ?? '')),
  ];
  if (lacking.length === 0) return undefined;
  const wanted = requestsOf(pod);
  const asked = lacking.map(name => `${quantityText(name, wanted.get(name) ?? 0)} ${name}`);
  return {
    mode: 'unschedulable-resources',
    text: `it requests ${asked.join(' and ')}, and no node that it may use has that free (${lacking.map(name => `Insufficient ${name}`).join(', ')}; ${UNSEEN})`,
    fix: [`{edit}   # request less ${lacking.join(' and ')}, or add a node`],
  };
}

function labels(pod: KubeObject, message: string): Reason | undefined {
  if (!/didn't match (?:Pod's )?node (?:affinity|selector)/i.test(message)) return undefined;
  const selector = Object.entries((pod.spec?.nodeSelector ?? {}) as Record<string, string>);
  const terms = (pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    ?.nodeSelectorTerms ?? []) as Array<{ matchExpressions?: Requirement[] }>;
  const required = [
    ...selector.map(([key, value]) => `${key}=${value}`),
    ...terms.flatMap(term => (term.matchExpressions ?? []).map(requirementText)),
  ];
  if (required.length === 0) return undefined;
  return {
    mode: 'unschedulable-node-labels',
    text: `it requires the node label ${required.join(' and ')}, which the nodes with room do not have (${UNSEEN})`,
    proofs: selector.slice(0, 2).map(([key, value]) => fieldProof(pod, 'Pod', value, key)),
    fix: ['{edit}   # correct nodeSelector or node affinity, or label a node'],
  };
}

function taints(message: string): Reason | undefined {
  if (!/untolerated taint/.test(message)) return undefined;
  const named = [...message.matchAll(/untolerated taint\(?s?\)? \{([^}]+)\}/g)].map(match =>
    (match[1] ?? '').replace(/: ?$/, ''),
  );
  return {
    mode: 'unschedulable-taint',
    text: `nodes have taints that it does not tolerate${named.length > 0 ? `: ${named.join(', ')}` : ''} (${UNSEEN})`,
    fix: ['{edit}   # add a toleration, if it is meant to run there'],
  };
}
