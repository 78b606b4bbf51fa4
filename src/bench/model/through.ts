import type { LanguageModel, ModelEvent, ModelRequest } from '../../llm/port.ts';

/** A model behind another view of its requests or answers; everything else is the model's own. */
export function through(
  model: LanguageModel,
  stream: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>,
): LanguageModel {
  return {
    provider: model.provider,
    id: model.id,
    get contextWindow() {
      return model.contextWindow;
    },
    stream,
  };
}
