import { z } from 'zod';
import { ApiError } from '../../cluster/errors.ts';
import { KvError } from '../../shared/errors.ts';
import { defineCapability } from '../define.ts';
import { changeResult, kindParam, namespaceParam } from './schemas.ts';
import { getObject } from './target.ts';

const gracePeriodSeconds = z.int().min(0).optional().describe("default: the object's own");

export const remove = defineCapability({
  name: 'k8s.delete',
  effect: 'delete',
  summary: 'Delete one object',
  params: z.object({
    kind: kindParam,
    name: z.string().min(1),
    namespace: namespaceParam,
    propagation: z
      .enum(['Background', 'Foreground', 'Orphan'])
      .default('Background')
      .describe('what happens to what it owns'),
    gracePeriodSeconds,
  }),
  result: changeResult,
  examples: [
    {
      title: 'delete a pod',
      code: "return await k8s.delete({ kind: 'Pod', name: 'web-0', namespace: 'shop' })",
    },
  ],
  run: async (context, params) => {
    const before = await getObject(context, params);
    const { name, namespace, generation } = before.metadata;
    await context.cluster.delete(
      { kind: params.kind, name, namespace },
      { gracePeriodSeconds: params.gracePeriodSeconds, propagationPolicy: params.propagation },
      context.signal,
    );
    return { kind: before.kind, name, namespace, changed: true, generation };
  },
});

export const evict = defineCapability({
  name: 'k8s.evict',
  effect: 'delete',
  summary: 'Evict one pod, honouring disruption budgets',
  params: z.object({ name: z.string().min(1), namespace: namespaceParam, gracePeriodSeconds }),
  result: changeResult,
  examples: [{ title: 'evict a pod', code: "return await k8s.evict({ name: 'web-0', namespace: 'shop' })" }],
  run: async (context, params) => {
    const before = await getObject(context, { ...params, kind: 'Pod' });
    const { name, namespace, generation } = before.metadata;
    try {
      await context.cluster.evict(
        { kind: 'Pod', name, namespace },
        { gracePeriodSeconds: params.gracePeriodSeconds },
        context.signal,
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.statusCode !== 429) throw error;
      throw new KvError(
        'failed',
        `A disruption budget does not allow "${name}" to be evicted now: ${error.message}.`,
        {
          hint: 'See k8s.list({ kind: "PodDisruptionBudget" }); k8s.drain waits for the budget.',
          facts: error.facts,
          cause: error,
        },
      );
    }
    return { kind: 'Pod', name, namespace, changed: true, generation };
  },
});
