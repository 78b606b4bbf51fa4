import { z } from 'zod';
import {
  CAUSES,
  chains as chainsOf,
  findings,
  launchGaps,
  starvation,
  storedChains,
  summarizeStored,
} from '../../trace/index.ts';
import { brief, rare } from '../brief.ts';
import { defineCapability } from '../define.ts';
import { findingRow, limitParam, traceParam, windowParams } from './schemas.ts';

const who = z.object({ pid: z.number(), process: z.string(), ms: z.number() });

/** Figures that are 0 and lists that are empty are left out of a result: most are, and they would hide the rest. */
const figure = rare(z.number().optional());

const chainRow = z.object({
  sentence: z.string(),
  cause: z.enum(CAUSES),
  fn: z.string(),
  pid: z.number(),
  process: z.string(),
  calls: z.number(),
  of: z.number(),
  medianMs: z.number(),
  totalMs: z.number(),
  excessMs: brief(z.number().describe('beyond as many median calls'), 'beyond as many medians'),
  longestMs: z.number(),
  longestAtMs: z.number(),
  ruledOut: z.array(z.string()),
  advice: z.string(),
  rivals: z.array(who).optional().describe('who ran while the threads were ready'),
  offCpuMs: figure,
  runnableMs: figure,
  diskMs: figure,
  pageFaultMs: figure,
  sleepMs: figure,
  driverMs: figure,
  bytes: figure,
  inside: rare(
    z
      .array(z.object({ fn: z.string(), ms: z.number() }))
      .optional()
      .describe('calls that they made'),
  ),
  wakers: rare(z.array(who).optional().describe('who ended their sleeps')),
  syscalls: rare(z.array(z.object({ name: z.string(), ms: z.number() })).optional()),
  disks: rare(
    z
      .array(z.object({ disk: z.string(), requests: z.number(), bytes: z.number(), longestMs: z.number() }))
      .optional(),
  ),
  queued: rare(
    z
      .object({
        launches: z.number(),
        kernels: z.array(z.object({ name: z.string(), launches: z.number() })),
        copies: z.number(),
        bytes: z.number(),
        collectives: z.number(),
      })
      .optional()
      .describe('GPU work that they waited for'),
  ),
});

const gapRow = z.object({
  sentence: z.string(),
  pid: z.number(),
  process: z.string(),
  tid: z.number(),
  fromMs: z.number(),
  ms: z.number(),
  advice: z.string(),
  offCpuMs: z.number().optional(),
  longestOffCpuMs: figure,
  runnableMs: z.number().optional(),
  pollingMs: figure,
  ioCalls: figure,
  ioMs: figure,
});

const storedRow = z.object({
  fn: z.string(),
  summary: z.string(),
  verdict: z.enum(['holds', 'refuted', 'unverifiable']),
  why: z.string(),
  atMs: rare(z.number()),
  severity: rare(z.string()),
});

const starvationResult = z.object({
  sentence: z.string(),
  verdict: z.enum(['likely', 'no sign', 'unknown']),
  workers: rare(z.array(z.object({ process: z.string(), processes: z.number(), switches: z.number() }))),
  switches: figure,
  cpuAveragePct: figure,
  cpuMaximumPct: figure,
  spanMs: rare(z.number()),
  withoutCudaShare: figure,
  workerDiskMs: figure,
});

/** Gaps and stored chains in a result; what they have in common is said by their sentences. */
const MOST_GAPS = 5;
const MOST_STORED = 5;
/** Digits of a figure; a pid or a number of bytes below 10 GB keeps all of its own. */
const SIGNIFICANT = 10;

export const chains = defineCapability({
  name: 'trace.chains',
  effect: 'read',
  summary: 'Explain slow CUDA calls, gaps without GPU launches and data loader starvation of a trace',
  details:
    'A cause is claimed only from overlap of a slow call with the time off CPU of its own thread; ruledOut says what the figures exclude. findings: sync in a hot loop, launch-bound phases, allocation churn, first use, late NCCL ranks, OOM kills. stored: chains another tool wrote into the file, checked against its events.',
  brief: 'why calls were slow and the GPU idle',
  params: z.object({ trace: traceParam, ...windowParams, limit: limitParam(100, 10) }),
  result: z.object({
    chains: z.array(chainRow),
    findings: z.array(findingRow),
    gaps: z.array(gapRow),
    starvation: starvationResult,
    stored: z.array(storedRow).describe("another tool's chains, checked"),
    storedSummary: z.string().optional(),
    notes: z.array(z.string()).describe('limits of the file'),
  }),
  examples: [
    {
      title: 'why CUDA calls were slow',
      code: 'const { chains, gaps } = await trace.chains();\nreturn [...chains, ...gaps].map(found => found.sentence);',
    },
  ],
  run: async ({ trace }, params) => {
    const { reader } = trace.get(params.trace);
    const stored = storedChains(reader);
    const { limit } = params;
    return {
      chains: chainsOf(reader, params)
        .slice(0, limit)
        .map(chain => told(chainRow, chain)),
      findings: findings(reader, params).slice(0, limit),
      gaps: launchGaps(reader, { ...params, limit: Math.min(limit, MOST_GAPS) }).map(gap =>
        told(gapRow, gap),
      ),
      starvation: told(starvationResult, starvation(reader)),
      stored: stored.slice(0, Math.min(limit, MOST_STORED)).map(one => storedRow.parse(one)),
      storedSummary: summarizeStored(stored)?.sentence,
      notes: reader.info.notes,
    };
  },
});

/** The sentence first, and without what the schema lets be absent where it is 0 or empty. */
function told<T extends { sentence: string }>(schema: z.ZodObject, { sentence, ...figures }: T): T {
  const isTold = ([key, value]: [string, unknown]) =>
    !(value === 0 || (Array.isArray(value) && value.length === 0)) ||
    schema.shape[key]?.safeParse(undefined).success === false;
  const rows = Object.entries(figures).filter(isTold);
  return { sentence, ...Object.fromEntries(rows.map(([key, value]) => [key, rounded(value)])) } as T;
}

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(SIGNIFICANT)) : value;
}
