import { fieldProof } from '../prove.ts';
import { conditionOf } from '../shapes.ts';
import type { Mode } from '../types.ts';
import { refOf, refText } from '../world.ts';

/** Aggregated APIs that do not answer: decided by the condition Available of their APIService. */
export const apiServices: Mode = {
  name: 'api-service-down',
  checks: 'aggregated APIs that do not answer',
  needs: ['APIService'],
  find(world) {
    return world.all('APIService').flatMap(item => {
      const condition = conditionOf(item, 'Available');
      const service = item.spec?.service as { namespace?: string; name?: string } | undefined;
      if (condition?.status !== 'False' || !service) return [];
      // For one namespace it matters where the server lives there, or where the namespace cannot go because of it.
      const leaving = world.get('Namespace', '', world.scope)?.metadata.deletionTimestamp !== undefined;
      if (world.scope !== '*' && service.namespace !== world.scope && !leaving) return [];
      const ref = refOf(item, 'APIService');
      return [
        {
          mode: 'api-service-down',
          severity: 'critical' as const,
          object: ref,
          rootCause:
            `${refText(ref)} is not available (${condition.reason}): ${condition.message ?? 'no message'}. ` +
            `Its API is served by Service ${service.namespace}/${service.name}; while it does not answer, discovery is incomplete and no namespace can finish its deletion.`,
          evidence: [condition.reason, condition.message]
            .filter(text => text !== undefined)
            .map(text => fieldProof(item, 'APIService', text)),
          remediation: [
            `kubectl -n ${service.namespace} get service,endpointslices,pods   # bring ${service.name} up`,
            `kubectl delete apiservice ${ref.name}   # only when nobody needs that API any more`,
          ],
        },
      ];
    });
  },
};
