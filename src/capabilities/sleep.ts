import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type AnyCapability, defineCapability } from './define.ts';

/** Longest single sleep; the script's wall clock runs on meanwhile. */
const MAX_MS = 300_000;

/** `sleep(ms)`: written `sleep(500)` in scripts, so the guest shim sends `{ ms }`. */
export const sleepCapability = defineCapability({
  name: 'sleep',
  effect: 'read',
  reuse: 'ends',
  summary: 'Wait so many milliseconds',
  params: z.object({ ms: z.number().min(0).max(MAX_MS).describe('milliseconds') }),
  result: z.null(),
  examples: [{ title: 'wait a second', code: 'await sleep(1000)' }],
  run: async (context, params) => {
    await wait(params.ms, undefined, { signal: context.signal });
    return null;
  },
}) as unknown as AnyCapability;
