import { setTimeout as wait } from 'node:timers/promises';
import type { Transport } from '../../cluster/transport.ts';
import { isAbort, messageOf } from '../../shared/errors.ts';
import type { TimelineStep } from '../scenario.ts';

/**
 * Makes the changes of a scenario's timeline in its snapshot, as the cluster's own controllers would: not through
 * the investigation's gate, and watches hear of them. Resolves to what could not be made, once all steps are done
 * or `signal` aborts.
 */
export async function playTimeline(
  transport: Transport,
  steps: readonly TimelineStep[],
  signal: AbortSignal,
): Promise<string[]> {
  const failures = await Promise.all(steps.map(step => play(transport, step, signal)));
  return failures.filter(failure => failure !== undefined);
}

async function play(
  transport: Transport,
  step: TimelineStep,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await wait(step.afterMs, undefined, { signal });
    const response = await transport.request({
      method: 'PATCH',
      path: step.path,
      contentType: 'application/merge-patch+json',
      body: step.patch,
      signal,
    });
    for await (const _ of response.body);
    return undefined;
  } catch (error) {
    if (isAbort(error, signal)) return undefined;
    return `The change of ${step.path} after ${step.afterMs} ms failed: ${messageOf(error)}`;
  }
}
