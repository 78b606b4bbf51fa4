import { fieldProof } from '../prove.ts';
import { type Condition, conditionOf } from '../shapes.ts';
import type { Mode } from '../types.ts';
import { millis, refOf } from '../world.ts';

/** A namespace that will not go: decided by its conditions, which name what is left in it. */
export const namespaces: Mode = {
  name: 'namespace-terminating',
  checks: 'namespaces stuck in deletion',
  needs: ['Namespace', 'APIService'],
  find(world) {
    return world.all('Namespace').flatMap(namespace => {
      const since = namespace.metadata.deletionTimestamp;
      if (!since || world.now - millis(since) < 60_000) return [];
      if (world.scope !== '*' && namespace.metadata.name !== world.scope) return [];
      const told = ((namespace.status?.conditions ?? []) as Condition[]).filter(
        condition => condition.status === 'True' && condition.message,
      );
      const groups = told.flatMap(condition =>
        [...(condition.message ?? '').matchAll(/([\w.-]+)\/(v\w+)/g)].map(match => `${match[2]}.${match[1]}`),
      );
      const dead = world
        .all('APIService')
        .find(
          item => groups.includes(item.metadata.name) && conditionOf(item, 'Available')?.status !== 'True',
        );
      told.sort((a, b) => Number(/Finalizers/.test(b.type)) - Number(/Finalizers/.test(a.type)));
      return [
        {
          mode: 'namespace-terminating',
          severity: 'warning' as const,
          object: refOf(namespace, 'Namespace'),
          rootCause: `Namespace ${namespace.metadata.name} is stuck in Terminating since ${since}: ${told.map(condition => condition.message).join('; ') || 'its content is not gone yet'}.`,
          evidence: told.map(condition => fieldProof(namespace, 'Namespace', condition.message)),
          remediation: [
            `kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl -n ${namespace.metadata.name} get --ignore-not-found --show-kind`,
            'Remove the finalizers that the message names only when the controller behind them is gone for good.',
          ],
          ...(dead ? { causedBy: refOf(dead, 'APIService') } : {}),
        },
      ];
    });
  },
};
