import type { PolicyAnswer, PolicyTurn } from '../policy.ts';
import { textOfPages, unreadPages } from './pages.ts';

export interface Call {
  name: string;
  input: Record<string, unknown>;
}

/**
 * What comes next, given the texts that each earlier step's calls brought (one a call, all its pages joined): more
 * calls, which go out together, or the closing words.
 */
export type Step = (got: string[][]) => Call[] | string;

/**
 * A policy for single tools: carries out steps, each in one parallel batch. Where results have further pages, those
 * are asked for together before the next step, as a model does that needs the whole answer. Calls may use parameters
 * that tool definitions leave out as rare (`sortBy`, `maxMatches`): that is the best case for single tools.
 */
export function steps(...list: Step[]): (turn: PolicyTurn) => PolicyAnswer {
  return turn => {
    const rest = [...turn.seen];
    const got: string[][] = [];
    for (const step of list) {
      const wanted = step(got);
      if (typeof wanted === 'string') return { text: wanted };
      const first = rest.shift();
      if (!first) return { text: '', calls: wanted };
      const more = wanted.map((call, i) => unreadPages(call, first[i] ?? ''));
      const calls = more.flat();
      const answered = calls.length > 0 ? rest.shift() : [];
      if (!answered) return { text: '', calls };
      const later = [...answered];
      got.push(wanted.map((_, i) => textOfPages([first[i] ?? '', ...later.splice(0, more[i]!.length)])));
    }
    throw new Error('the last step of a policy has to answer');
  };
}
