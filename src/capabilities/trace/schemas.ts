import { z } from 'zod';
import { brief, rare } from '../brief.ts';

export const traceParam = brief(
  z.string().optional().describe('name of an open trace, as trace.schema lists them; default: the first'),
  '',
);

export const windowParams = {
  fromMs: brief(z.number().optional().describe('window start, milliseconds since the trace began'), ''),
  toMs: brief(z.number().optional().describe('window end, exclusive'), ''),
};

export const pidParam = brief(z.int().optional().describe('only this process'), '');

export function limitParam(most: number, usual: number) {
  return z.int().min(1).max(most).default(usual);
}

/** Something that costs time or memory. */
export const findingRow = z.object({
  sentence: z.string(),
  kind: z.enum([
    'sync-stall',
    'launch-bound',
    'allocation-churn',
    'first-use',
    'oom-kill',
    'late-rank',
    'leak',
    'out-of-memory',
    'fragmentation',
  ]),
  pid: z.number(),
  process: z.string(),
  wonMs: brief(z.number().describe('what could be won at most; 0: not about time'), ''),
  figures: rare(z.record(z.string(), z.number())),
  advice: z.string(),
});
