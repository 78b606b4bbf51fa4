import type { AgentEvent } from '../../agent/events.ts';
import type { PriceTable } from '../../usage/index.ts';
import { close } from './blocks.ts';
import { reduce } from './reduce.ts';
import { observeSpent } from './usage.ts';
import type { View } from './view.ts';

const SHOWN_QUESTIONS = 3;
const SAID = new Set<AgentEvent['type']>(['question', 'report', 'answer', 'finished']);

/**
 * A view that begins with the last questions of a session that goes on, and what came out of them; what it has spent
 * counts on.
 */
export function withRecap(view: View, past: readonly AgentEvent[], prices?: PriceTable): View {
  const said = past.filter(event => SAID.has(event.type));
  const questions = said.flatMap((event, index) => (event.type === 'question' ? [index] : []));
  const [from] = questions.slice(-SHOWN_QUESTIONS);
  if (from === undefined) return view;
  const recap = said.slice(from).reduce<View>((seen, event) => reduce(seen, event, prices), view);
  const { blocks, nextKey } = close(recap);
  const spent = past.reduce((sum, event) => observeSpent(sum, event, prices), view.spent);
  return { ...view, blocks, nextKey, spent };
}
