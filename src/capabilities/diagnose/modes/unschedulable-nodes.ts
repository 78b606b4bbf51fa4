import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { type Taint, unmetLabels, untolerated } from '../fit.ts';
import { fieldProof } from '../prove.ts';
import type { Reason } from './unschedulable-places.ts';

export function names(nodes: KubeObject[]): string {
  const list = nodes.slice(0, 4).map(node => node.metadata.name);
  return list.join(', ') + (nodes.length > 4 ? ` and ${nodes.length - 4} more` : '');
}

export function labelReason(pod: KubeObject, nodes: KubeObject[], matching: KubeObject[]): Reason {
  const others = nodes.filter(node => !matching.includes(node));
  const unmet = [...new Set(others.flatMap(node => unmetLabels(pod, node)))];
  const field =
    pod.spec?.nodeSelector &&
    Object.entries(pod.spec.nodeSelector as Record<string, string>).some(([k, v]) =>
      unmet.includes(`${k}=${v}`),
    )
      ? 'nodeSelector'
      : 'node affinity';
  const have = unmet.map(item => {
    const key = item.replace(/[=! ].*$/, '');
    const present = nodes.filter(node => node.metadata.labels?.[key] !== undefined);
    if (present.length > 0)
      return `nodes have ${[...new Set(present.map(node => `${key}=${node.metadata.labels?.[key]}`))].slice(0, 4).join(', ')}`;
    const near = nearest(key, new Set(nodes.flatMap(node => Object.keys(node.metadata.labels ?? {}))), 1)[0];
    return near
      ? `no node has the label ${key} (the nearest label is ${near})`
      : `no node has the label ${key}`;
  });
  const text =
    matching.length === 0
      ? `its ${field} requires the node label ${unmet.join(' and ')}, which none of the ${nodes.length} nodes has; ${[...new Set(have)].join('; ')}`
      : `its ${field} (${unmet.join(', ')}) leaves only ${names(matching)}`;
  const label = unmet[0] ?? '';
  const usable = nodes.find(node => !node.spec?.unschedulable && untolerated(pod, node).length === 0);
  return {
    mode: 'unschedulable-node-labels',
    text,
    proofs: unmet
      .slice(0, 2)
      .map(item =>
        item.includes('=') && field === 'nodeSelector'
          ? fieldProof(pod, 'Pod', item.slice(item.indexOf('=') + 1), item.slice(0, item.indexOf('=')))
          : fieldProof(
              pod,
              'Pod',
              item.includes('=') ? item.slice(item.indexOf('=') + 1) : item.split(' ')[0],
            ),
      ),
    fix: [
      `kubectl label node ${usable?.metadata.name ?? '<node>'} ${label.includes('=') ? label : `${label}=<value>`}   # if that node is meant`,
      `{edit}   # or correct the ${field}`,
    ],
  };
}

export function taintReason(pod: KubeObject, nodes: KubeObject[]): Reason {
  const tainted = nodes.filter(node => untolerated(pod, node).length > 0);
  const text = (taint: Taint) => `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`;
  const taints = [...new Set(tainted.flatMap(node => untolerated(pod, node).map(text)))];
  const first = taints[0] ?? '';
  return {
    mode: 'unschedulable-taint',
    text: `${tainted.length} of the nodes it could use (${names(tainted)}) ${tainted.length === 1 ? 'has' : 'have'} the taint ${taints.join(', ')}, which the pod does not tolerate`,
    proofs: tainted.slice(0, 1).map(node => fieldProof(node, 'Node', untolerated(pod, node)[0]?.key, 'key')),
    fix: [
      `{edit}   # add a toleration for ${first}`,
      `kubectl taint node ${tainted[0]?.metadata.name} ${first}-   # or remove the taint`,
    ],
  };
}

export function cordonReason(nodes: KubeObject[]): Reason {
  return {
    mode: 'unschedulable-cordoned',
    text: `${names(nodes)} ${nodes.length === 1 ? 'is' : 'are'} cordoned (unschedulable, SchedulingDisabled)`,
    proofs: nodes.slice(0, 1).map(node => fieldProof(node, 'Node', true, 'unschedulable')),
    fix: nodes.slice(0, 2).map(node => `kubectl uncordon ${node.metadata.name}`),
  };
}
