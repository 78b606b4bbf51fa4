import { z } from 'zod';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { podRow, podRowOf } from './pod-row.ts';
import { selectPods } from './pod-select.ts';
import { anyNamespaceParam } from './schemas.ts';

export const pods = defineCapability({
  name: 'k8s.pods',
  effect: 'read',
  summary: 'Pods as kubectl shows them, one small row each, with the cause of any problem',
  brief: 'problems first',
  details: 'Problems come first. `problems` counts them among all pods looked at',
  params: z.object({
    namespace: anyNamespaceParam,
    labelSelector: z.string().optional(),
    owner: brief(
      z.string().optional().describe("workload, service or node: 'deployment/checkout'"),
      "'deployment/checkout'",
    ),
    problemsOnly: z.boolean().default(false),
    limit: rare(z.int().min(1).max(50_000).default(500).describe('rows at most')),
  }),
  result: z.object({
    items: z.array(podRow),
    count: z.number(),
    problems: z.number(),
    truncated: rare(z.boolean()),
    note: rare(z.string().optional().describe('why there are none')),
  }),
  examples: [
    {
      title: 'everything that is not well in the cluster',
      code: "return await k8s.pods({ namespace: '*', problemsOnly: true })",
    },
    {
      title: 'pods of a deployment',
      code: "return await k8s.pods({ namespace: 'shop', owner: 'deployment/checkout' })",
    },
  ],
  run: async (context, params) => {
    const found = await selectPods(context, {
      namespace: params.namespace,
      labelSelector: params.labelSelector,
      owner: params.owner,
    });
    const rows = found.items.map(pod => podRowOf(pod, context.now()));
    const problems = rows.filter(row => row.problem);
    const items = params.problemsOnly ? problems : [...problems, ...rows.filter(row => !row.problem)];
    return {
      items: items.slice(0, params.limit),
      count: rows.length,
      problems: problems.length,
      truncated: found.truncated || items.length > params.limit,
      note: found.note,
    };
  },
});
