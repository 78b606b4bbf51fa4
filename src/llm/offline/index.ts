import type { LanguageModel, ModelEvent, ModelRequest } from '../port.ts';
import { UNREPORTED } from '../unreported.ts';
import { readConversation } from './conversation.ts';
import { reply } from './reply.ts';

/**
 * A model without a model: questions become scripts by rules, through the same protocol that a real one speaks.
 * It answers with a few words and one script. The script ends the question itself where it can tell (look-ups, a sole
 * cause); otherwise its result comes with the next message and is answered by a report. The same conversation always
 * gets the same answer. Costs nothing and needs no network; its usage is left to be estimated, which shows what a
 * model would have read.
 */
export function createOfflineModel(): LanguageModel {
  return { provider: 'offline', id: 'offline', contextWindow: 1_000_000, stream };
}

async function* stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
  signal.throwIfAborted();
  const text = reply(readConversation(request.messages));
  for (const line of text.split(/(?<=\n)/)) {
    signal.throwIfAborted();
    yield { type: 'text', delta: line };
  }
  yield { type: 'finish', reason: 'end', usage: UNREPORTED };
}
