import type { ModelMessage } from '../llm/port.ts';
import { KvError } from '../shared/errors.ts';
import { capText } from '../shared/truncate.ts';
import type { AgentEventBody, FinishStatus } from './events.ts';
import type { LoopDeps } from './loop-deps.ts';

/** How a question ended, but for its report or answer. */
export interface Ending {
  status: FinishStatus;
  message?: string;
  hint?: string;
}

/** Characters of the newest result that a person gets when a limit ends the work. */
const KNOWN_CHARACTERS = 1_500;

/** Ends a question without a report, with what is known: the newest words and the newest result. */
export function stopped(
  deps: LoopDeps,
  emit: (event: AgentEventBody) => void,
  limit: string,
  message = `The investigation reached ${limit} without a root cause.`,
  hint = 'Ask a narrower question, or raise the limit (--max-turns, --max-tokens, --timeout).',
): Ending {
  const lastText = (role: ModelMessage['role']) => {
    const message = deps.history.findLast(item => item.role === role);
    return message?.content.map(part => (part.type === 'tool-call' ? '' : part.text)).find(Boolean) ?? '';
  };
  const words = lastText('assistant').split('```')[0]!.trim();
  const last = capText(lastText('user'), KNOWN_CHARACTERS);
  const known = [`Stopped at ${limit}, before a root cause was found.`, words, last].filter(Boolean);
  emit({ type: 'answer', text: deps.redactText(known.join('\n\n')) });
  return { status: 'limit', message, hint };
}

/** A failure or an abort as the end of a question. */
export function endingOf(error: unknown, signal: AbortSignal): Ending {
  if (signal.aborted) {
    const reason: unknown = signal.reason;
    if (reason instanceof KvError && reason.kind === 'limit')
      return { status: 'limit', message: reason.message, hint: reason.hint };
    return { status: 'cancelled', message: 'Cancelled.' };
  }
  if (!(error instanceof KvError)) {
    return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  const status = error.kind === 'usage' ? 'failed' : error.kind;
  return { status, message: error.message, hint: error.hint };
}
