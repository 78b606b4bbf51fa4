import type { ContentPart, LanguageModel, ModelMessage, ModelRequest } from '../../llm/port.ts';
import { through } from './through.ts';

const TIME_LINE = /^Time: (\d{4}-\d{2}-\d{2}T[\d:]+Z)$/m;
const STANDING = 'Time: (when it was asked)';

/**
 * Records `model` without the time of asking, which questions about a live cluster carry and which must not decide
 * whether a recorded answer fits. `record` makes the recording model; the model behind it gets the time back.
 */
export function recordWithoutTime(
  model: LanguageModel,
  record: (inner: LanguageModel) => LanguageModel,
): LanguageModel {
  let time: string | undefined;
  const asked = through(model, (request, signal) =>
    model.stream(time === undefined ? request : replaced(request, STANDING, `Time: ${time}`), signal),
  );
  const recording = record(asked);
  return through(model, (request, signal) => {
    time ??= timeOf(request);
    return recording.stream(replaced(request, TIME_LINE, STANDING), signal);
  });
}

/** A recording made by `recordWithoutTime`, as a model. */
export function replayWithoutTime(recorded: LanguageModel): LanguageModel {
  return through(recorded, (request, signal) =>
    recorded.stream(replaced(request, TIME_LINE, STANDING), signal),
  );
}

function timeOf(request: ModelRequest): string | undefined {
  for (const message of request.messages) {
    for (const part of message.content) {
      const found = part.type === 'text' ? TIME_LINE.exec(part.text)?.[1] : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function replaced(request: ModelRequest, from: string | RegExp, to: string): ModelRequest {
  const part = (item: ContentPart): ContentPart =>
    item.type === 'text' ? { ...item, text: item.text.replace(from, () => to) } : item;
  const message = (item: ModelMessage): ModelMessage => ({ ...item, content: item.content.map(part) });
  return { ...request, messages: request.messages.map(message) };
}
