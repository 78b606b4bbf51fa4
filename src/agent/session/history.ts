import type { ModelMessage } from '../../llm/port.ts';
import type { AgentEvent } from '../events.ts';
import { addMessage, assistantMessage } from '../loop.ts';
import { checkMessage, scriptMessage } from '../modes/code/messages.ts';

/** Where a session stood, as its events tell. */
export interface PastSession {
  history: ModelMessage[];
  seq: number;
  turn: number;
  call: number;
}

/**
 * Rebuilds the conversation from a session's events. A turn that was interrupted before its script ended is
 * closed with a message that says so, so that the conversation alternates as providers demand.
 */
export function rebuildHistory(events: readonly AgentEvent[]): PastSession {
  const past: PastSession = { history: [], seq: 0, turn: 0, call: 0 };
  let openScript = false;
  const interrupted = () => {
    if (openScript)
      addMessage(past.history, user('The session was interrupted before this script finished.'));
    openScript = false;
  };
  for (const event of events) {
    past.seq = Math.max(past.seq, event.seq);
    if ('turn' in event) past.turn = Math.max(past.turn, event.turn);
    if (event.type === 'call-started') past.call = Math.max(past.call, event.call);
    switch (event.type) {
      case 'question':
        interrupted();
        addMessage(past.history, user(`Question: ${event.text}`));
        break;
      case 'turn-finished':
        interrupted();
        addMessage(past.history, assistantMessage(event));
        openScript = event.script !== undefined;
        break;
      case 'script-checked':
        if (event.ok) break;
        addMessage(past.history, checkMessage(event.message));
        openScript = false;
        break;
      case 'script-finished':
        addMessage(
          past.history,
          scriptMessage({
            result: event.result,
            error: event.error,
            cuts: [],
            console: [],
            unawaited: [],
            denied: [],
          }),
        );
        openScript = false;
        break;
      default:
    }
  }
  interrupted();
  return past;
}

function user(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}
