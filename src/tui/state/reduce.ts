import type { AgentEvent } from '../../agent/events.ts';
import { DENIED_WITHOUT_REASON } from '../shell/approval-card.ts';
import { append, close, emptyRun, hasOpen, updateOpen, updateRun } from './blocks.ts';
import { abandonCalls, finishCall, progressCall, startCall } from './calls.ts';
import { addLine } from './console.ts';
import { addUsage } from './usage.ts';
import { type ChangeLine, changeName, type View } from './view.ts';

/** The view after one more event. */
export function reduce(view: View, event: AgentEvent): View {
  switch (event.type) {
    case 'session-started':
      return startSession(view, event);
    case 'context-changed':
      // The footer reads the controller's context; a new view is what makes it look.
      return { ...view };
    case 'question':
      return startQuestion(view, event);
    case 'turn-started':
      return { ...endRun(close(view, 'text', 'script')), turn: event.turn, activity: { kind: 'asking' } };
    case 'text-delta':
      return addText(view, event.turn, event.delta);
    case 'script-delta':
      return addScript(view, event.turn, event.delta);
    case 'model-retry': {
      const { attempt, delayMs, reason } = event;
      return { ...view, activity: { kind: 'retrying', attempt, delayMs, reason } };
    }
    case 'turn-finished':
      return finishTurn(view, event);
    case 'script-checked': {
      const checked = close(view, 'text', 'script');
      if (event.ok) return { ...checked, activity: { kind: 'running' } };
      const failed = append(checked, { kind: 'check-failed', turn: event.turn, message: event.message });
      return { ...failed, activity: { kind: 'asking' } };
    }
    case 'script-started':
      return append({ ...view, activity: { kind: 'running' } }, emptyRun(event.turn), false);
    case 'console': {
      const { level, text } = event;
      return updateRun(view, event.turn, run => ({ ...run, console: addLine(run.console, { level, text }) }));
    }
    case 'call-started': {
      const next = updateRun(view, event.turn, run => startCall(run, event));
      return { ...next, activity: { kind: 'running' } };
    }
    case 'call-progress':
      return hasOpen(view, 'run')
        ? updateRun(view, view.turn, run => progressCall(run, event.call, event.message))
        : view;
    case 'call-finished':
      return hasOpen(view, 'run') ? updateRun(view, view.turn, run => finishCall(run, event)) : view;
    case 'approval-requested':
      return { ...view, approvals: [...view.approvals, event.approval] };
    case 'approval-decided':
      return decideApproval(view, event);
    case 'change-applied': {
      const name = changeName(event.change);
      return updateRun(view, event.turn, run => ({ ...run, changes: applyChange(run.changes, name) }));
    }
    case 'script-finished':
      return finishScript(view, event);
    case 'nudge':
      return append(view, { kind: 'notice', level: 'info', text: event.reason });
    case 'notice':
      return append(view, { kind: 'notice', level: event.level, text: event.text });
    case 'report':
      return append(close(view, 'text', 'script'), { kind: 'report', report: event.report });
    case 'answer':
      return addAnswer(view, event.text);
    case 'finished':
      return finishQuestion(view, event);
    case 'mode-chosen':
    case 'tools-baseline':
    case 'script-repaired':
    case 'tools-answered':
      return view;
    case 'budget':
      return append(view, { kind: 'notice', level: 'warning', text: event.text });
    default:
      return event satisfies never;
  }
}

type Of<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;

function startSession(view: View, event: Of<'session-started'>): View {
  const { session, version, resumed, context } = event;
  const where = context.cluster
    ? `${context.cluster.source === 'snapshot' ? 'snapshot ' : ''}${context.cluster.context}`
    : 'no cluster';
  const summary = `${context.model.provider === 'offline' ? 'offline' : `${context.model.provider}:${context.model.id}`}, ${where}`;
  return append({ ...view, session }, { kind: 'session', session, version, resumed, summary });
}

function startQuestion(view: View, event: Of<'question'>): View {
  return {
    ...append(close(view), { kind: 'question', text: event.text }),
    activity: { kind: 'asking' },
    askedAt: event.at,
    finishedAt: undefined,
  };
}

function addText(view: View, turn: number, delta: string): View {
  const activity = { kind: 'writing', what: 'text' } as const;
  if (hasOpen(view, 'text')) {
    return { ...updateOpen(view, 'text', block => ({ ...block, text: block.text + delta })), activity };
  }
  // Blank lines between a script and the words after it are not words.
  const text = delta.trimStart();
  return text === ''
    ? view
    : { ...append(close(view, 'script'), { kind: 'text', turn, text }, false), activity };
}

function addScript(view: View, turn: number, delta: string): View {
  const activity = { kind: 'writing', what: 'script' } as const;
  if (hasOpen(view, 'script')) {
    return { ...updateOpen(view, 'script', block => ({ ...block, code: block.code + delta })), activity };
  }
  return {
    ...append(close(view, 'text'), { kind: 'script', turn, code: delta, discarded: false }, false),
    activity,
  };
}

function finishTurn(view: View, event: Of<'turn-finished'>): View {
  const { turn, text, script, usage, durationMs } = event;
  const wasStreamed = (kind: 'text' | 'script') =>
    view.blocks.some(block => block.kind === kind && block.turn === turn);
  let next = view;
  if (text.trim() && !wasStreamed('text')) next = append(next, { kind: 'text', turn, text: text.trim() });
  if (script && !wasStreamed('script'))
    next = append(next, { kind: 'script', turn, code: script, discarded: false });
  if (!script) next = updateOpen(next, 'script', block => ({ ...block, discarded: true }));
  return {
    ...close(next, 'text', 'script'),
    usage: addUsage(view.usage, usage),
    turns: [...view.turns, { ...usage, turn, durationMs }],
    activity: { kind: script ? 'checking' : 'asking' },
  };
}

/** An allowed change that was sent is shown once, as applied. */
function applyChange(changes: readonly ChangeLine[], name: string): ChangeLine[] {
  const index = changes.findIndex(
    ({ outcome, text }) => outcome === 'allowed' && (text === name || text.startsWith(`${name}:`)),
  );
  if (index < 0) return [...changes, { outcome: 'applied', text: name }];
  return changes.with(index, { outcome: 'applied', text: changes[index]!.text });
}

function decideApproval(view: View, event: Of<'approval-decided'>): View {
  const request = view.approvals.find(approval => approval.id === event.id);
  const next = { ...view, approvals: view.approvals.filter(approval => approval.id !== event.id) };
  const { decision, by } = event;
  const isDenied = decision.outcome === 'deny';
  const said = isDenied && decision.reason !== DENIED_WITHOUT_REASON ? decision.reason : '';
  const why = said || (by === 'person' ? '' : `by ${by}`);
  const lines = (request?.changes ?? []).map(change => ({
    outcome: isDenied ? ('denied' as const) : ('allowed' as const),
    text: why ? `${changeName(change)}: ${why}` : changeName(change),
  }));
  return lines.length === 0
    ? next
    : updateRun(next, event.turn, run => ({ ...run, changes: [...run.changes, ...lines] }));
}

function finishScript(view: View, event: Of<'script-finished'>): View {
  const { result, error, ok, durationMs } = event;
  const ran = updateRun(view, event.turn, run => ({ ...abandonCalls(run), result, error, ok, durationMs }));
  return { ...close(ran, 'run'), activity: { kind: 'asking' } };
}

function addAnswer(view: View, text: string): View {
  const closed = close(view, 'text', 'script');
  const spoken = closed.blocks.findLast(block => block.kind === 'text');
  // The words that streamed may be the answer itself; it is not said twice.
  if (spoken?.kind === 'text' && spoken.turn === view.turn && spoken.text.trim() === text.trim())
    return closed;
  return append(closed, { kind: 'answer', text });
}

function endRun(view: View): View {
  return hasOpen(view, 'run') ? close(updateRun(view, view.turn, abandonCalls), 'run') : view;
}

function finishQuestion(view: View, event: Of<'finished'>): View {
  const { status, message, hint, turns, calls, durationMs } = event;
  return {
    ...append(close(endRun(view)), { kind: 'finished', status, message, hint, turns, calls, durationMs }),
    activity: { kind: 'idle' },
    approvals: [],
    finishedAt: event.at,
    lastStatus: status,
    finished: view.finished + 1,
  };
}
