import type { KubeObject } from '../../../cluster/types.ts';
import { requestsOf, untolerated } from '../fit.ts';
import { fieldProof } from '../prove.ts';
import { quantity, quantityText } from '../quantity.ts';
import type { Container } from '../shapes.ts';
import type { Proof } from '../types.ts';
import type { World } from '../world.ts';
import { names, taintReason } from './unschedulable-nodes.ts';
import type { Reason } from './unschedulable-places.ts';

/** Nodes that have what is lacking but are closed to the pod: their taint is the obstacle, or a part of it. */
function closedOffer(
  pod: KubeObject,
  resource: string,
  asked: number,
  askedText: string,
  matching: KubeObject[],
): Reason | undefined {
  const size = (node: KubeObject) => quantity(node.status?.allocatable?.[resource] ?? 0) || 0;
  const offering = matching.filter(node => size(node) > 0 && untolerated(pod, node).length > 0);
  const [first] = offering.sort((a, b) => size(b) - size(a));
  if (!first) return undefined;
  const most = size(first);
  const taint = taintReason(pod, offering);
  const each = `at most ${quantityText(resource, most)} ${offering.length === 1 ? 'on it' : 'on each'}`;
  return {
    mode: 'unschedulable-resources',
    text: `it requests ${askedText} ${resource}${asked > most ? ', more than any node has' : ''}: only ${names(offering)} ${offering.length === 1 ? 'offers' : 'offer'} ${resource} (${each}), and ${taint.text.replace(/^.*? (ha(?:s|ve) the taint)/, offering.length === 1 ? 'it $1' : 'they $1')} (Insufficient ${resource})`,
    proofs: [
      fieldProof(first, 'Node', first.status?.allocatable?.[resource], resource),
      ...(taint.proofs ?? []),
    ],
    fix: [
      ...(asked > most
        ? [
            `{edit}   # request at most ${quantityText(resource, most)} ${resource}, or add a node with ${askedText}`,
          ]
        : []),
      ...taint.fix.slice(0, 1),
    ],
    namesTaints: true,
  };
}

/** What no usable node has enough of: decided by requests against what nodes have allocatable. */
export function resourceReason(
  world: World,
  pod: KubeObject,
  message: string,
  nodes: KubeObject[],
  matching: KubeObject[],
): Reason {
  let namesTaints = false;
  const lacking = [
    ...new Set([...message.matchAll(/Insufficient ([\w./-]*\w)/g)].map(match => match[1] ?? '')),
  ].filter(Boolean);
  const wanted = requestsOf(pod);
  if (/Too many pods/i.test(message) && lacking.length === 0) {
    return {
      mode: 'unschedulable-resources',
      text: `the nodes are full: they already run as many pods as they may (Too many pods; capacity ${nodes[0]?.status?.allocatable?.pods})`,
      fix: ['Add a node, or remove pods that are not needed.'],
    };
  }
  const proofs: Proof[] = [];
  const fixes = new Set<string>();
  const parts = lacking.map(resource => {
    const asked = wanted.get(resource) ?? 0;
    const raw = ((pod.spec?.containers ?? []) as Container[])
      .map(item => item.resources?.requests?.[resource] ?? item.resources?.limits?.[resource])
      .find(Boolean);
    if (raw) proofs.push(fieldProof(pod, 'Pod', raw, resource));
    const sized = nodes
      .map(node => ({ node, size: quantity(node.status?.allocatable?.[resource] ?? 0) || 0 }))
      .sort((a, b) => b.size - a.size);
    const largest = sized[0];
    const size = largest?.size ?? 0;
    const askedText =
      raw && wanted.size > 0 && Math.abs(quantity(raw) - asked) < 1e-9 && !/[kKE]$/.test(raw)
        ? raw
        : quantityText(resource, asked);
    if (!largest || size === 0) {
      const offer = closedOffer(pod, resource, asked, askedText, matching);
      if (offer) {
        namesTaints = true;
        proofs.push(...(offer.proofs ?? []));
        for (const line of offer.fix) fixes.add(line);
        return offer.text;
      }
      fixes.add(
        `Add a node that offers ${resource} (driver and device plugin installed), or remove the request.`,
      );
      return `it requests ${askedText} ${resource} and no node it could use offers any ${resource} (Insufficient ${resource})`;
    }
    const allocatable = largest.node.status?.allocatable?.[resource];
    proofs.push(fieldProof(largest.node, 'Node', allocatable, resource));
    const shown = quantityText(resource, size);
    const has = shown === String(allocatable) ? shown : `${allocatable} (${shown})`;
    const thousandfold = resource === 'cpu' && asked >= 100 && asked / 1000 <= size;
    fixes.add(
      thousandfold
        ? `{edit}   # a request of ${asked} is ${asked} whole CPUs; if ${asked / 1000} was meant, write ${asked}m`
        : `{edit}   # request less ${resource} than ${shown}, or add a larger node`,
    );
    if (asked > size) {
      return `it requests ${askedText} ${resource}, more than any node has: the largest it could use, ${largest.node.metadata.name}, has ${has} allocatable (Insufficient ${resource})`;
    }
    const there = world.knows('PodRequests')
      ? world.all('PodRequests').filter(other => other.spec?.nodeName === largest.node.metadata.name)
      : world.podsOn(largest.node.metadata.name);
    const used = there
      .filter(other => !/Succeeded|Failed/.test(other.status?.phase ?? ''))
      .reduce((sum, other) => sum + (requestsOf(other).get(resource) ?? 0), 0);
    const taken =
      used > 0
        ? `, of which other pods have requested ${quantityText(resource, used)}`
        : ', most of it requested by other pods';
    return `it requests ${askedText} ${resource} and not enough is free: ${largest.node.metadata.name} has ${has} allocatable${taken} (Insufficient ${resource})`;
  });
  return {
    mode: 'unschedulable-resources',
    text: parts.join('; '),
    proofs,
    fix: [...fixes],
    ...(namesTaints ? { namesTaints } : {}),
  };
}
