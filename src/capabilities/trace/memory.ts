import { z } from 'zod';
import { memoryReport } from '../../trace/index.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { findingRow, limitParam, traceParam, windowParams } from './schemas.ts';

const copies = z.object({ copies: z.number(), bytes: z.number(), ms: z.number() });

export const memory = defineCapability({
  name: 'trace.memory',
  effect: 'read',
  summary: 'Sum up GPU memory of a trace: allocations, live bytes by site, leaks, copies with bandwidth',
  brief: 'allocations, live bytes, copies',
  params: z.object({ trace: traceParam, ...windowParams, limit: limitParam(100, 5) }),
  result: z.object({
    processes: z.array(
      z.object({
        pid: z.number(),
        process: z.string().nullable(),
        allocations: z.number(),
        allocatedBytes: z.number(),
        largestBytes: z.number(),
        frees: z.number(),
        freedBytes: z.number(),
        liveBytes: brief(
          z.number().optional().describe('absent where frees of unknown size were recorded'),
          '',
        ),
        bySize: rare(
          z.array(z.object({ upToBytes: z.number(), allocations: z.number(), bytes: z.number() })),
        ),
      }),
    ),
    copies: z.array(
      copies.extend({
        direction: z.string(),
        gigabytesPerSecond: z.number(),
        large: copies.optional().describe('≥ 100 MB'),
      }),
    ),
    longestCopies: rare(
      z.array(
        z.object({
          fn: z.string(),
          pid: z.number(),
          atMs: z.number(),
          ms: z.number(),
          bytes: z.number(),
          direction: z.string().nullable(),
        }),
      ),
    ),
    sites: z
      .array(
        z.object({
          pid: z.number(),
          process: z.string(),
          site: z.string().optional(),
          fn: z.string(),
          liveAllocations: z.number(),
          liveBytes: z.number(),
        }),
      )
      .describe('who holds what was not freed'),
    findings: z.array(findingRow).describe('leaks, failed allocations, allocation churn'),
  }),
  examples: [{ title: 'bandwidth of copies', code: 'return (await trace.memory()).copies;' }],
  run: async ({ trace }, params) => memoryReport(trace.get(params.trace).reader, params),
});
