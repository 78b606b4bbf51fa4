import type { BenchScenario } from '../scenario.ts';

export interface Verdict {
  correct: boolean;
  /** Patterns of `expect` that the answer does not match. */
  missed: string[];
  /** Patterns of `forbid` that it matches. */
  forbidden: string[];
}

/** Whether an answer is the known one. Upper and lower case are the same. */
export function judge(scenario: Pick<BenchScenario, 'expect' | 'forbid'>, answer: string): Verdict {
  const matches = (pattern: string) => new RegExp(pattern, 'i').test(answer);
  const missed = scenario.expect.filter(pattern => !matches(pattern));
  const forbidden = scenario.forbid.filter(matches);
  return { correct: missed.length === 0 && forbidden.length === 0, missed, forbidden };
}
