export { type AnthropicOptions, createAnthropicModel } from './anthropic.ts';
export { ModelError } from './errors.ts';
export { createOllamaModel, type OllamaOptions } from './ollama.ts';
export type * from './port.ts';
export { createRecordedModel, recordModel, requestHash } from './recorded.ts';
export { MAX_RETRIES, type RetryTools } from './retry.ts';
export {
  createScriptedModel,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedStep,
} from './scripted.ts';
export { createModel, type ModelSettings, type ModelSources, parseModelSpec } from './select.ts';
