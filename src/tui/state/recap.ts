import type { AgentEvent } from '../../agent/events.ts';
import { close } from './blocks.ts';
import { reduce } from './reduce.ts';
import type { View } from './view.ts';

const SHOWN_QUESTIONS = 3;
const SAID = new Set<AgentEvent['type']>(['question', 'report', 'answer', 'finished']);

/** A view that begins with the last questions of a session that goes on, and what came out of them. */
export function withRecap(view: View, past: readonly AgentEvent[]): View {
  const said = past.filter(event => SAID.has(event.type));
  const questions = said.flatMap((event, index) => (event.type === 'question' ? [index] : []));
  const [from] = questions.slice(-SHOWN_QUESTIONS);
  if (from === undefined) return view;
  const { blocks, nextKey } = close(said.slice(from).reduce(reduce, view));
  return { ...view, blocks, nextKey };
}
