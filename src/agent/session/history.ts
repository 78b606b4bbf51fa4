import type { ModelMessage } from '../../llm/port.ts';
import type { ContextBudget } from '../context/budget.ts';
import type { SessionResults } from '../context/results.ts';
import { addMessage, assistantMessage } from '../conversation.ts';
import type { AgentEvent, ToolCall } from '../events.ts';
import { checkMessage, scriptMessage } from '../modes/code/messages.ts';

/** Where a session stood, as its events tell. */
export interface PastSession {
  history: ModelMessage[];
  seq: number;
  turn: number;
  call: number;
}

/** What else remembers turns; both are told of every turn of the past. */
export interface TurnMemory {
  budget: ContextBudget;
  results: SessionResults;
}

/** What a shortened value carries where something was left out. */
const CUT = /(?:items|characters|keys) cut(?:\]|")/;

/**
 * Rebuilds the conversation from a session's events. A turn that was interrupted before its script or its tool calls
 * ended is closed with a message that says so, so that the conversation alternates as providers demand and every call
 * has its result.
 */
export function rebuildHistory(events: readonly AgentEvent[], memory: TurnMemory): PastSession {
  const past: PastSession = { history: [], seq: 0, turn: 0, call: 0 };
  const { budget, results } = memory;
  let open: { script: boolean; calls: ToolCall[] } = { script: false, calls: [] };
  let said: Extract<AgentEvent, { type: 'turn-finished' }> | undefined;
  const add = (message: ModelMessage, turn = past.turn) => {
    budget.note(message, turn);
    addMessage(past.history, message);
  };
  const interrupted = () => {
    if (open.script) add(user('The session was interrupted before this script finished.'));
    if (open.calls.length > 0) add(answers(open.calls.map(call => ({ ...INTERRUPTED, id: call.id }))));
    open = { script: false, calls: [] };
  };
  /** Words that a script (`finish`) or kv itself wrote are in no answer of the model. */
  const concluded = (text: string) => {
    if (past.history.at(-1)?.role === 'user')
      addMessage(past.history, { role: 'assistant', content: [{ type: 'text', text }] });
  };
  for (const event of events) {
    past.seq = Math.max(past.seq, event.seq);
    if (event.type === 'call-started') past.call = Math.max(past.call, event.call);
    switch (event.type) {
      case 'question':
        interrupted();
        results.begin(event.text);
        addMessage(past.history, user(`Question: ${event.text}`));
        break;
      case 'turn-finished':
        interrupted();
        add(assistantMessage(event, event.toolCalls), event.turn);
        open = { script: event.script !== undefined, calls: event.toolCalls ?? [] };
        said = event;
        break;
      case 'script-repaired':
        // The mended script is what ran, and what the conversation keeps.
        if (said?.turn !== event.turn) break;
        past.history.pop();
        add(assistantMessage({ ...said, script: event.script }), event.turn);
        break;
      case 'script-checked':
        if (event.ok) break;
        add(checkMessage(event.message), event.turn);
        open.script = false;
        break;
      case 'script-finished': {
        const { result, error, turn } = event;
        add(scriptMessage({ result, error, cuts: [], console: [], unawaited: [], denied: [] }), turn);
        if (result !== undefined) results.keep(turn, JSON.parse(result), { isWhole: !CUT.test(result) });
        open.script = false;
        break;
      }
      case 'tools-answered':
        for (const { id, text } of event.results) {
          const tool = open.calls.find(call => call.id === id)?.name;
          results.keep(event.turn, text, { tool, isWhole: false });
        }
        add(answers(event.results), event.turn);
        open.calls = [];
        break;
      case 'answer':
        concluded(event.text);
        break;
      case 'report':
        concluded(event.report.rootCause);
        break;
      default:
    }
    if ('turn' in event) past.turn = Math.max(past.turn, event.turn);
  }
  interrupted();
  return past;
}

const INTERRUPTED = { text: 'The session was interrupted before this call ended.', isError: true };

function answers(results: Array<{ id: string; text: string; isError: boolean }>): ModelMessage {
  return {
    role: 'user',
    content: results.map(({ id, text, isError }) => ({ type: 'tool-result', id, text, isError })),
  };
}

function user(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}
