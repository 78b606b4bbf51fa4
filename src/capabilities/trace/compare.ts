import { z } from 'zod';
import { compareTraces, lateRanks } from '../../trace/index.ts';
import { defineCapability } from '../define.ts';
import { findingRow, limitParam, traceParam, windowParams } from './schemas.ts';

const side = z.object({ trace: traceParam, ...windowParams });
const figures = z.object({
  calls: z.number(),
  callsPerSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  totalMs: z.number(),
});

export const compare = defineCapability({
  name: 'trace.compare',
  effect: 'read',
  summary: 'Compare CUDA calls of two windows of a trace, or of two traces, function by function',
  details: 'Largest change of total time first; ratios are after over before.',
  brief: 'two windows or traces, by function',
  params: z.object({ before: side, after: side, limit: limitParam(200, 20) }),
  result: z.object({
    functions: z.array(
      z.object({
        fn: z.string(),
        layer: z.string(),
        before: figures,
        after: figures,
        p50Ratio: z.number().optional(),
        p99Ratio: z.number().optional(),
        rateRatio: z.number().optional(),
      }),
    ),
    lateRanks: z.array(findingRow).describe('of two traces: NCCL ranks that keep the others waiting'),
  }),
  examples: [
    {
      title: 'the first ten seconds against the rest',
      code: 'return trace.compare({ before: { toMs: 10000 }, after: { fromMs: 10000 } });',
    },
  ],
  run: async ({ trace }, { before, after, limit }) => {
    const sideOf = ({ trace: name, ...window }: z.output<typeof side>) => ({
      reader: trace.get(name).reader,
      window,
    });
    const [first, second] = [sideOf(before), sideOf(after)];
    return {
      functions: compareTraces(first, second).slice(0, limit),
      lateRanks: first.reader === second.reader ? [] : lateRanks([first.reader, second.reader]),
    };
  },
});
