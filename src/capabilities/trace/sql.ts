import { z } from 'zod';
import { DEFAULT_SQL_LIMITS } from '../../trace/index.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { limitParam, traceParam } from './schemas.ts';

const cell = z.union([z.string(), z.number(), z.null()]);

export const sql = defineCapability({
  name: 'trace.sql',
  effect: 'read',
  summary: 'Run one reading SQL statement (SQLite) over a GPU trace',
  brief:
    'ns since start: trace_calls(id, pid, tid, fn, kind, start, dur, bytes, stack), trace_off_cpu(pid, tid, start, dur, state, runnable), trace_events(at, dur, pid, kind); more: trace.schema()',
  details:
    'Views of every format: trace_calls, trace_off_cpu, trace_events, trace_aggregates, trace_totals, trace_stacks, trace_processes, trace_chains, trace_samples, trace_gpu_work, trace_ranges (times and durations in nanoseconds since the trace began); the tables of the file itself are there too. Integers beyond 2^53 come as texts.',
  params: z.object({
    query: z.string().min(1).max(20_000),
    trace: traceParam,
    limit: brief(limitParam(5_000, 200).describe('rows'), ''),
    timeoutSeconds: rare(z.number().min(0.1).max(60).default(10)),
  }),
  result: z.object({
    columns: z.array(z.string()),
    rows: z.array(z.record(z.string(), cell)),
    cut: brief(z.boolean().describe('rows were left out'), ''),
  }),
  examples: [
    {
      title: 'the longest times off CPU of a thread',
      code: "return trace.sql({ query: 'SELECT tid, start / 1e6 AS ms, dur / 1e6 AS took FROM trace_off_cpu ORDER BY dur DESC LIMIT 5' });",
    },
  ],
  run: async ({ trace, signal }, params) =>
    trace.get(params.trace).sql(
      params.query,
      {
        maxRows: params.limit,
        maxBytes: DEFAULT_SQL_LIMITS.maxBytes,
        timeoutMs: params.timeoutSeconds * 1000,
      },
      signal,
    ),
});
