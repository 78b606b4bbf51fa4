/** What the progress guard thinks of a step. */
export type GuardVerdict =
  | { kind: 'fine' }
  | { kind: 'nudge'; reason: string; text: string }
  | { kind: 'stop'; reason: string };

const NUDGES = {
  'same script': [
    'You have already done exactly this; it will not return anything else. Look somewhere else, or write the REPORT.',
    'This is the same once more. Do not repeat it: write the REPORT from what you have, inconclusive if need be.',
  ],
  'same failure': [
    'This is the same error as before. Change the approach: call tools.search or tools.describe for the exact signature, or do without this call.',
    'The same error a third time. Leave this path: use what already worked, or write the REPORT from what you know.',
  ],
  'failing in a row': [
    'Several attempts in a row have failed. Make the smallest one that can work: a single call, and look at its result.',
    'Still failing. Write the REPORT from what you know, with verdict inconclusive if need be.',
  ],
} as const;

/**
 * Notices when a model turns in circles: the same script or the same failure again, or many failures in a row.
 * Each repetition gets a different nudge; after the last nudge the guard stops the question.
 */
export class ProgressGuard {
  readonly #scripts = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #inARow = 0;

  observe(step: { fingerprint: string; failure?: string }): GuardVerdict {
    const repeats = count(this.#scripts, step.fingerprint.replace(/\s+/g, ' ').trim());
    this.#inARow = step.failure ? this.#inARow + 1 : 0;
    const failures = step.failure
      ? count(this.#failures, step.failure.replace(/\d+/g, '#').slice(0, 300))
      : 0;
    if (repeats > 1) return judge('same script', repeats - 1);
    if (failures > 1) return judge('same failure', failures - 1);
    if (this.#inARow >= 4) return judge('failing in a row', this.#inARow - 3);
    return { kind: 'fine' };
  }
}

function judge(reason: keyof typeof NUDGES, times: number): GuardVerdict {
  const text = NUDGES[reason][times - 1];
  return text ? { kind: 'nudge', reason, text } : { kind: 'stop', reason };
}

function count(seen: Map<string, number>, key: string): number {
  const times = (seen.get(key) ?? 0) + 1;
  seen.set(key, times);
  return times;
}
