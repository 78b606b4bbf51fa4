import type { AgentEvent } from '../../agent/events.ts';
import { append, close, emptyRun, hasOpen, updateOpen } from './blocks.ts';
import type { View } from './view.ts';

type Of<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;

export function startTurn(view: View, event: Of<'turn-started'>): View {
  const { turn, mode } = event;
  return { ...view, turn, mode, streamed: 0, activity: { kind: 'asking' } };
}

export function addText(view: View, turn: number, delta: string): View {
  const writing: View = {
    ...view,
    streamed: view.streamed + delta.length,
    activity: { kind: 'writing', what: 'text' },
  };
  if (hasOpen(view, 'text'))
    return updateOpen(writing, 'text', block => ({ ...block, text: block.text + delta }));
  // Blank lines between a script and the words after it are not words.
  const text = delta.trimStart();
  return text === '' ? view : append(close(writing, 'script'), { kind: 'text', turn, text }, false);
}

export function addScript(view: View, turn: number, delta: string): View {
  const writing: View = {
    ...view,
    streamed: view.streamed + delta.length,
    activity: { kind: 'writing', what: 'script' },
  };
  if (hasOpen(view, 'script'))
    return updateOpen(writing, 'script', block => ({ ...block, code: block.code + delta }));
  return append(close(writing, 'text'), newScript(turn, delta), false);
}

/** The script stays open until it was checked: it may still be mended. */
export function finishTurn(view: View, event: Of<'turn-finished'>): View {
  const { turn, text, script, toolCalls } = event;
  const wasStreamed = (kind: 'text' | 'script') =>
    view.blocks.some(block => block.kind === kind && block.turn === turn);
  let next: View = { ...view, streamed: 0, activity: { kind: script ? 'checking' : 'asking' } };
  if (text.trim() && !wasStreamed('text')) next = append(next, { kind: 'text', turn, text: text.trim() });
  if (script && !wasStreamed('script')) next = append(next, newScript(turn, script), false);
  if (!script)
    next = close(
      updateOpen(next, 'script', block => ({ ...block, discarded: true })),
      'script',
    );
  next = close(next, 'text');
  if (!toolCalls) return next;
  return {
    ...append(next, { ...emptyRun(turn), toolCalls }, false),
    activity: { kind: 'running', what: 'calls' },
  };
}

export function repairScript(view: View, event: Of<'script-repaired'>): View {
  const { script, repairs } = event;
  return updateOpen(view, 'script', block => ({ ...block, code: script, repairs }));
}

export function checkScript(view: View, event: Of<'script-checked'>): View {
  const checked = close(view, 'text', 'script');
  if (event.ok) return { ...checked, activity: { kind: 'running', what: 'script' } };
  const failed = append(checked, { kind: 'check-failed', turn: event.turn, message: event.message });
  return { ...failed, activity: { kind: 'asking' } };
}

function newScript(turn: number, code: string) {
  return { kind: 'script', turn, code, discarded: false, repairs: [] } as const;
}
