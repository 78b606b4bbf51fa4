import { z } from 'zod';
import { timeline as timelineOf } from '../../trace/index.ts';
import { brief } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { limitParam, pidParam, traceParam, windowParams } from './schemas.ts';

export const timeline = defineCapability({
  name: 'trace.timeline',
  effect: 'read',
  summary: 'List what threads and the GPU did in a window of a trace: calls, time off CPU, kernels',
  details: 'In order of time; the longest `limit` entries of the window, total counts them all.',
  brief: 'calls and time off CPU in a window',
  params: z.object({
    trace: traceParam,
    ...windowParams,
    pid: pidParam,
    tid: brief(z.int().optional().describe('only this thread'), ''),
    minMs: brief(z.number().min(0).optional().describe('leave out what is shorter'), ''),
    limit: limitParam(500, 40),
  }),
  result: z.object({
    entries: z.array(
      z.object({
        atMs: z.number(),
        ms: z.number(),
        pid: z.number(),
        tid: z.number(),
        what: z.string(),
        layer: z.string(),
        bytes: z.number().optional(),
      }),
    ),
    total: z.number(),
  }),
  examples: [
    {
      title: 'the second before a stall',
      code: 'return trace.timeline({ fromMs: 4000, toMs: 5000, minMs: 1 });',
    },
  ],
  run: async ({ trace }, params) => timelineOf(trace.get(params.trace).reader, params),
});
