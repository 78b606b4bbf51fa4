import { z } from 'zod';
import { aggregateSums, aggregateTotals, functionStats } from '../../trace/index.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { limitParam, pidParam, traceParam, windowParams } from './schemas.ts';

const functionRow = z.object({
  fn: z.string(),
  layer: brief(z.string().describe('runtime, driver, nccl, io, net'), ''),
  kind: z.string(),
  calls: z.number(),
  totalMs: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  maxAtMs: z.number(),
  bytes: z.number().optional(),
  firstCallMs: brief(
    z.number().optional().describe('first call of a process, where it took 10 times the median'),
    '',
  ),
  failed: z.number(),
  seen: brief(
    z.number().optional().describe('calls seen, where fewer were kept as rows'),
    'if not all are rows',
  ),
  seenMs: rare(z.number().optional()),
  percentilesOf: rare(z.enum(['rows', 'seen']).optional()),
  approximate: rare(
    z
      .array(z.enum(['p50Ms', 'p95Ms', 'p99Ms']))
      .optional()
      .describe('percentiles from histograms of calls not kept as rows'),
  ),
});

const totalRow = z.object({
  fn: z.string(),
  count: z.number(),
  stored: z.number(),
  totalMs: z.number(),
  bytes: z.number(),
});

const sumRow = totalRow.extend({
  pid: z.number(),
  process: z.string().nullable(),
  maxMs: z.number(),
});

/** Sums by process in a result, most first. */
const MOST_SUMS = 10;

export const stats = defineCapability({
  name: 'trace.stats',
  effect: 'read',
  summary: 'Count CUDA and I/O calls of a GPU trace by function, with exact percentiles of their latency',
  details:
    'Longest total first. Percentiles are over all calls seen in the window: exact from rows, within 0.1 % for traces of over a million calls, from histograms where approximate names them. totals and, by process, sums: what the recorder counted (switches, page allocations), kept as rows or not.',
  brief: 'calls by function: p50/p95/p99/max',
  params: z.object({
    trace: traceParam,
    ...windowParams,
    fn: z.string().optional().describe('part of a function name'),
    pid: pidParam,
    limit: limitParam(200, 30),
  }),
  result: z.object({
    functions: z.array(functionRow),
    totals: z.array(totalRow),
    sums: rare(z.array(sumRow)),
  }),
  examples: [
    {
      title: 'which CUDA calls took most time',
      code: 'const { functions } = await trace.stats({ limit: 5 });\nreturn functions.map(f => [f.fn, f.calls, f.p99Ms]);',
    },
  ],
  run: async ({ trace }, params) => {
    const { reader } = trace.get(params.trace);
    // What is not of one function or process says nothing about it.
    const isAll = params.fn === undefined && params.pid === undefined;
    return {
      functions: functionStats(reader, params).slice(0, params.limit),
      totals: isAll ? aggregateTotals(reader) : [],
      sums: isAll ? aggregateSums(reader).slice(0, Math.min(params.limit, MOST_SUMS)) : [],
    };
  },
});
