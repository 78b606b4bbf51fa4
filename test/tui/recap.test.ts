import { expect, test } from 'vitest';
import type { AgentEvent, AgentEventBody } from '../../src/agent/events.ts';
import { withRecap } from '../../src/tui/state/recap.ts';
import { emptyView } from '../../src/tui/state/view.ts';

const numbered = (bodies: AgentEventBody[]): AgentEvent[] =>
  bodies.map((body, index) => ({ v: 1, seq: index + 1, at: index, ...body }));

const asked = (text: string): AgentEventBody[] => [
  { type: 'question', text },
  { type: 'turn-started', turn: 1, mode: 'code' },
  { type: 'console', turn: 1, level: 'log', text: 'noise' },
  { type: 'answer', text: `because of ${text}` },
  { type: 'finished', status: 'failed', turns: 1, calls: 0, durationMs: 1 },
];

test('a session that goes on begins with its last questions and answers, and counts as fresh', () => {
  const past = numbered([...['a', 'b', 'c', 'd'].flatMap(asked), { type: 'question', text: 'killed' }]);
  const view = withRecap(emptyView(), past);
  const texts = view.blocks.map(block => ('text' in block ? block.text : block.kind));
  expect(texts).toEqual(['c', 'because of c', 'finished', 'd', 'because of d', 'finished', 'killed']);
  expect(view.blocks.every(block => block.done)).toBe(true);
  expect(view).toMatchObject({
    finished: 0,
    lastStatus: undefined,
    askedAt: undefined,
    activity: { kind: 'idle' },
  });
});

test('one earlier question is enough', () => {
  expect(withRecap(emptyView(), numbered(asked('a'))).blocks).toHaveLength(3);
});

test('a new session begins empty', () => {
  expect(withRecap(emptyView(), numbered([]))).toEqual(emptyView());
});
