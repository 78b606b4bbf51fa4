import type { LanguageModel, ModelEvent } from '../../llm/port.ts';
import { through } from './through.ts';

/**
 * Makes a model that asks for several tool calls at once work one at a time: of each answer only the first call is
 * passed on. The model sees its own answer with that one call and asks for the next thing with the result at hand,
 * as it would with a client that forbids parallel calls. Output tokens of the calls left out are still counted.
 */
export function oneAtATime(model: LanguageModel): LanguageModel {
  return through(model, (request, signal) => firstCall(model.stream(request, signal)));
}

async function* firstCall(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  let hasCall = false;
  for await (const event of events) {
    if (event.type === 'tool-call' && hasCall) continue;
    hasCall ||= event.type === 'tool-call';
    yield event;
  }
}
