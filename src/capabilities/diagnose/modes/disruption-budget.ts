import { matchesSelector } from '../labels.ts';
import { fieldProof } from '../prove.ts';
import type { Mode } from '../types.ts';
import { refOf, refText } from '../world.ts';

/** A budget that allows no eviction while a node is being drained: decided by status.disruptionsAllowed. */
export const disruptionBudget: Mode = {
  name: 'disruption-budget',
  checks: 'PodDisruptionBudgets that block a drain',
  needs: ['PodDisruptionBudget', 'Node'],
  find(world) {
    return world
      .mine('PodDisruptionBudget')
      .filter(budget => budget.status?.disruptionsAllowed === 0 && (budget.status?.expectedPods ?? 0) > 0)
      .map(budget => {
        const { minAvailable, maxUnavailable } = budget.spec ?? {};
        const rule =
          maxUnavailable === undefined ? `minAvailable ${minAvailable}` : `maxUnavailable ${maxUnavailable}`;
        const { currentHealthy, desiredHealthy, expectedPods } = budget.status ?? {};
        const ref = refOf(budget, 'PodDisruptionBudget');
        const homes = new Set(
          world
            .in('Pod', ref.namespace)
            .filter(pod => matchesSelector(budget.spec?.selector, pod.metadata.labels))
            .map(pod => pod.spec?.nodeName),
        );
        const draining = world
          .all('Node')
          .filter(node => node.spec?.unschedulable && homes.has(node.metadata.name));
        return {
          mode: 'disruption-budget',
          severity: 'info' as const,
          object: ref,
          rootCause: `${refText(ref)} allows no eviction at present (${rule}; ${currentHealthy} of ${expectedPods} pods healthy, ${desiredHealthy} required)${draining.length > 0 ? `, so draining ${draining.map(node => node.metadata.name).join(', ')} waits for it` : ''}.`,
          evidence: [
            fieldProof(budget, 'PodDisruptionBudget', 0, 'disruptionsAllowed'),
            fieldProof(
              budget,
              'PodDisruptionBudget',
              minAvailable ?? maxUnavailable,
              maxUnavailable === undefined ? 'minAvailable' : 'maxUnavailable',
            ),
          ],
          remediation: [
            `Run more replicas, or loosen the budget: kubectl -n ${ref.namespace} edit pdb ${ref.name}`,
          ],
        };
      });
  },
};
