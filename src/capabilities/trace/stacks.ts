import { z } from 'zod';
import { stackReport } from '../../trace/index.ts';
import { defineCapability } from '../define.ts';
import { limitParam, pidParam, traceParam, windowParams } from './schemas.ts';

const cost = z.object({ calls: z.number(), totalMs: z.number(), maxMs: z.number() });

export const stacks = defineCapability({
  name: 'trace.stacks',
  effect: 'read',
  summary: 'Say where in the program the CUDA calls of a trace come from: call sites and stacks by time',
  brief: 'which code the calls come from',
  params: z.object({
    trace: traceParam,
    ...windowParams,
    fn: z.string().optional().describe('part of a function name'),
    pid: pidParam,
    limit: limitParam(50, 5).describe('sites, and stacks of each function'),
  }),
  result: z.object({
    calls: z.number(),
    withStack: z.number().describe('how many of them have a stack'),
    sites: z.array(
      cost.extend({
        site: z.string().describe('innermost place that is not CUDA, a framework or a language'),
        functions: z.array(z.string()),
      }),
    ),
    functions: z.array(
      cost.extend({
        fn: z.string(),
        stacks: z.array(
          cost.extend({
            frames: z.array(z.string()).describe('innermost first'),
            cut: z.boolean().describe('there were more, at the outer end'),
          }),
        ),
      }),
    ),
    notes: z.array(z.string()),
  }),
  examples: [
    {
      title: 'which code allocates',
      code: "const { sites } = await trace.stacks({ fn: 'cudaMalloc' });\nreturn sites;",
    },
  ],
  run: async ({ trace }, params) => {
    const { tree: _, ...report } = stackReport(trace.get(params.trace).reader, params);
    return report;
  },
});
