import { z } from 'zod';
import { processes as processesOf } from '../../trace/index.ts';
import { rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { limitParam, traceParam } from './schemas.ts';

export const processes = defineCapability({
  name: 'trace.processes',
  effect: 'read',
  summary: 'List the processes of a GPU trace: pod, CUDA calls, context switches, time off CPU, poll sleeps',
  brief: 'processes with pod, calls, time off CPU',
  params: z.object({ trace: traceParam, limit: limitParam(500, 30) }),
  result: z.object({
    processes: z.array(
      z.object({
        pid: z.number(),
        name: z.string(),
        namespace: z.string().optional(),
        pod: z.string().optional(),
        container: z.string().optional(),
        calls: z.number(),
        callMs: z.number(),
        switches: z.number(),
        offCpuMs: z.number(),
        longestOffCpuMs: z.number(),
        switchesSeen: rare(z.number().optional().describe('counted, where fewer were kept as rows')),
        polls: z.array(z.object({ timeoutMs: z.number(), count: z.number(), totalMs: z.number() })),
      }),
    ),
    total: z.number(),
  }),
  examples: [
    {
      title: 'which pods use the GPU',
      code: 'const { processes } = await trace.processes();\nreturn processes.filter(p => p.calls > 0).map(p => [p.pod ?? p.name, p.callMs]);',
    },
  ],
  run: async ({ trace }, params) => {
    const all = processesOf(trace.get(params.trace).reader);
    return { processes: all.slice(0, params.limit), total: all.length };
  },
});
