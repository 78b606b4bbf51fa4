import { z } from 'zod';
import {
  chains as chainsOf,
  findings,
  launchGaps,
  starvation,
  storedChains,
  summarizeStored,
} from '../../trace/index.ts';
import { defineCapability } from '../define.ts';
import { findingRow, limitParam, traceParam, windowParams } from './schemas.ts';

const who = z.object({ pid: z.number(), process: z.string(), ms: z.number() });

const chainRow = z.object({
  fn: z.string(),
  pid: z.number(),
  process: z.string(),
  cause: z.enum([
    'cpu-contention',
    'cpu-quota',
    'recorder',
    'disk',
    'page-fault',
    'lock',
    'input',
    'driver',
    'sleep',
    'off-cpu',
    'network',
    'gpu-wait',
    'pageable-copy',
    'copy-size',
    'first-use',
    'on-cpu',
    'unknown',
  ]),
  calls: z.number(),
  of: z.number(),
  medianMs: z.number(),
  totalMs: z.number(),
  excessMs: z.number().describe('beyond as many median calls'),
  longestMs: z.number(),
  longestAtMs: z.number(),
  offCpuMs: z.number(),
  runnableMs: z.number(),
  diskMs: z.number(),
  pageFaultMs: z.number(),
  sleepMs: z.number(),
  driverMs: z.number(),
  bytes: z.number(),
  inside: z.array(z.object({ fn: z.string(), ms: z.number() })).describe('calls that they made'),
  rivals: z.array(who).describe('who ran while the threads were ready'),
  wakers: z.array(who).describe('who ended their sleeps'),
  syscalls: z.array(z.object({ name: z.string(), ms: z.number() })),
  disks: z.array(
    z.object({ disk: z.string(), requests: z.number(), bytes: z.number(), longestMs: z.number() }),
  ),
  queued: z
    .object({
      launches: z.number(),
      kernels: z.array(z.object({ name: z.string(), launches: z.number() })),
      copies: z.number(),
      bytes: z.number(),
      collectives: z.number(),
    })
    .optional()
    .describe('GPU work that they waited for'),
  ruledOut: z.array(z.string()),
  sentence: z.string(),
});

const gapRow = z.object({
  pid: z.number(),
  process: z.string(),
  tid: z.number(),
  fromMs: z.number(),
  ms: z.number(),
  offCpuMs: z.number().optional(),
  longestOffCpuMs: z.number().optional(),
  runnableMs: z.number().optional(),
  pollingMs: z.number().optional(),
  ioCalls: z.number(),
  ioMs: z.number(),
  sentence: z.string(),
});

const storedRow = z.object({
  id: z.string(),
  atMs: z.number(),
  severity: z.string(),
  fn: z.string(),
  summary: z.string(),
  verdict: z.enum(['holds', 'refuted', 'unverifiable']),
  why: z.string(),
  slowCalls: z.number(),
  slowMs: z.number(),
  offCpuMs: z.number(),
});

const starvationResult = z.object({
  verdict: z.enum(['likely', 'no sign', 'unknown']),
  sentence: z.string(),
  workers: z.array(z.object({ process: z.string(), processes: z.number(), switches: z.number() })),
  switches: z.number(),
  cpuAveragePct: z.number().optional(),
  cpuMaximumPct: z.number().optional(),
  spanMs: z.number(),
  withoutCudaShare: z.number().optional(),
  workerDiskMs: z.number().optional(),
});

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
    stored: z.array(storedRow),
    storedSummary: z.string().optional(),
    notes: z.array(z.string()).describe('what limits what can be concluded from the file'),
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
    return {
      chains: chainsOf(reader, params).slice(0, params.limit),
      findings: findings(reader, params).slice(0, params.limit),
      gaps: launchGaps(reader, params),
      starvation: starvation(reader),
      stored: stored.slice(0, params.limit),
      storedSummary: summarizeStored(stored)?.sentence,
      notes: reader.info.notes,
    };
  },
});
