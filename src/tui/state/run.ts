import type { AgentEvent, ToolAnswer } from '../../agent/events.ts';
import { DENIED_WITHOUT_REASON } from '../shell/approval-card.ts';
import { close, hasOpen, updateOpen, updateRun } from './blocks.ts';
import { abandonCalls, finishCall, progressCall, startCall } from './calls.ts';
import { addLine } from './console.ts';
import { type ChangeLine, changeName, type RunBlock, type View } from './view.ts';

type Of<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;
type RunEvent = Of<
  | 'console'
  | 'call-started'
  | 'call-progress'
  | 'call-finished'
  | 'change-applied'
  | 'script-finished'
  | 'tools-answered'
>;

/** What an event does to the run under way. */
export function reduceRun(view: View, event: RunEvent): View {
  switch (event.type) {
    case 'console': {
      const { level, text } = event;
      return updateRun(view, event.turn, run => ({ ...run, console: addLine(run.console, { level, text }) }));
    }
    case 'call-started': {
      const what = event.line === 0 ? 'calls' : 'script';
      const next = updateRun(view, event.turn, run => startCall(run, event));
      return { ...next, activity: { kind: 'running', what } };
    }
    case 'call-progress':
      return updateOpenRun(view, run => progressCall(run, event.call, event.message));
    case 'call-finished':
      return updateOpenRun(view, run => finishCall(run, event));
    case 'change-applied': {
      const name = changeName(event.change);
      return updateRun(view, event.turn, run => ({ ...run, changes: applyChange(run.changes, name) }));
    }
    case 'script-finished': {
      const { result, error, ok, durationMs } = event;
      const ran = updateRun(view, event.turn, run => ({
        ...abandonCalls(run),
        result,
        error,
        ok,
        durationMs,
      }));
      return { ...ran, activity: { kind: 'asking' } };
    }
    case 'tools-answered': {
      const answered = updateRun(view, event.turn, run => answer(run, event.results));
      return { ...close(answered, 'run'), activity: { kind: 'asking' } };
    }
    default:
      return event satisfies never;
  }
}

export function decideApproval(view: View, event: Of<'approval-decided'>): View {
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

export function endRun(view: View): View {
  return close(updateOpenRun(view, abandonCalls), 'run');
}

/**
 * Ends the run whose script closed the question by itself: what it returned is the report or answer that follows,
 * and is not shown twice. `isClosing` says so of the returned text.
 */
export function endClosingRun(view: View, isClosing: (result: string) => boolean): View {
  const ended = updateOpenRun(view, run =>
    run.result !== undefined && isClosing(run.result) ? { ...run, result: undefined } : run,
  );
  return endRun(ended);
}

function updateOpenRun(view: View, change: (run: RunBlock) => RunBlock): View {
  if (!hasOpen(view, 'run')) return view;
  return updateOpen(view, 'run', block => ({ ...change(block), key: block.key, done: block.done }));
}

function answer(run: RunBlock, results: readonly ToolAnswer[]): RunBlock {
  const answers = results.map(({ id, text, isError }) => {
    const { name = '', input } = run.toolCalls.find(call => call.id === id) ?? {};
    return { name: name.replaceAll('__', '.'), input, text, isError };
  });
  return { ...abandonCalls(run), answers };
}

/** An allowed change that was sent is shown once, as applied. */
function applyChange(changes: readonly ChangeLine[], name: string): ChangeLine[] {
  const index = changes.findIndex(
    ({ outcome, text }) => outcome === 'allowed' && (text === name || text.startsWith(`${name}:`)),
  );
  if (index < 0) return [...changes, { outcome: 'applied', text: name }];
  return changes.with(index, { outcome: 'applied', text: changes[index]!.text });
}
