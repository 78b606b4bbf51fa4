import type { AgentEvent } from '../../agent/events.ts';
import type { PriceTable } from '../../usage/index.ts';
import { parseJson } from '../layout/json.ts';
import { append, close, emptyRun } from './blocks.ts';
import { decideApproval, endClosingRun, endRun, reduceRun } from './run.ts';
import { addScript, addText, checkScript, finishTurn, repairScript, startTurn } from './turn.ts';
import { observeSpent, questionCompared } from './usage.ts';
import type { View } from './view.ts';

/** The view after one more event. `prices` replaces the table that ships with kv. */
export function reduce(view: View, event: AgentEvent, prices?: PriceTable): View {
  const spent = observeSpent(view.spent, event, prices);
  return reduceBlocks(spent === view.spent ? view : { ...view, spent }, event);
}

function reduceBlocks(view: View, event: AgentEvent): View {
  switch (event.type) {
    case 'session-started':
      return startSession(view, event);
    case 'context-changed':
      // The footer reads the controller's context; a new view is what makes it look.
      return { ...view };
    case 'question':
      return startQuestion(view, event);
    case 'mode-chosen':
      return chooseMode(view, event);
    case 'turn-started':
      return startTurn(endRun(close(view, 'text', 'script')), event);
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
    case 'script-repaired':
      return repairScript(view, event);
    case 'script-checked':
      return checkScript(view, event);
    case 'script-started':
      return append({ ...view, activity: { kind: 'running', what: 'script' } }, emptyRun(event.turn), false);
    case 'console':
    case 'call-started':
    case 'call-progress':
    case 'call-finished':
    case 'change-applied':
    case 'script-finished':
    case 'tools-answered':
      return reduceRun(view, event);
    case 'approval-requested':
      return { ...view, approvals: [...view.approvals, event.approval] };
    case 'approval-decided':
      return decideApproval(view, event);
    case 'nudge':
      return append(view, { kind: 'notice', level: 'info', text: event.reason });
    case 'notice':
      return append(view, { kind: 'notice', level: event.level, text: event.text });
    case 'budget':
      return hearBudget(view, event);
    case 'report':
      return append(
        endClosingRun(close(view, 'text', 'script'), () => true),
        { kind: 'report', report: event.report },
      );
    case 'answer':
      return addAnswer(view, event.text);
    case 'finished':
      return finishQuestion(view, event);
    case 'tools-baseline':
      return view;
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
    mode: undefined,
    turnsBefore: view.turn,
    budget: view.budget?.scope === 'perInvestigation' ? undefined : view.budget,
    askedAt: event.at,
    finishedAt: undefined,
  };
}

/** Scripts are what kv is expected to write: only another choice, or another mind in the middle, is worth a line. */
function chooseMode(view: View, event: Of<'mode-chosen'>): View {
  const { mode, reason } = event;
  const isFirst = view.turn === view.turnsBefore;
  const chosen: View = { ...view, mode };
  if (mode === view.mode || (isFirst && mode === 'code')) return chosen;
  const text = `auto ${isFirst ? 'works' : 'goes on'} in ${mode} mode: ${reason}`;
  return append(chosen, { kind: 'notice', level: 'info', text });
}

function hearBudget(view: View, { level, text, scope }: Of<'budget'>): View {
  const budget = scope ? { level, scope } : view.budget;
  return append({ ...view, budget }, { kind: 'notice', level: 'warning', text });
}

function addAnswer(view: View, text: string): View {
  const closed = endClosingRun(close(view, 'text', 'script'), result => saidIn(result) === text.trim());
  const spoken = closed.blocks.findLast(block => block.kind === 'text');
  // The words that streamed may be the answer itself; it is not said twice.
  if (spoken?.kind === 'text' && spoken.turn === view.turn && spoken.text.trim() === text.trim())
    return closed;
  return append(closed, { kind: 'answer', text });
}

/** What a script's result says; it is JSON, mostly a string. */
function saidIn(result: string): string {
  const value = parseJson(result);
  return (typeof value === 'string' ? value : result).trim();
}

function finishQuestion(view: View, event: Of<'finished'>): View {
  const { status, message, hint, turns, calls, durationMs } = event;
  const ended = append(close(endRun(view)), {
    kind: 'finished',
    status,
    message,
    hint,
    turns,
    calls,
    durationMs,
  });
  const compared = status === 'answered' ? questionCompared(view.spent) : undefined;
  return {
    ...(compared ? append(ended, { kind: 'compared', ...compared }) : ended),
    activity: { kind: 'idle' },
    approvals: [],
    finishedAt: event.at,
    lastStatus: status,
    finished: view.finished + 1,
  };
}
