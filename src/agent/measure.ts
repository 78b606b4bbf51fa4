import type { ModelRequest } from '../llm/port.ts';
import { loadTokenEstimator } from '../usage/index.ts';
import type { RequestParts, ToolCost } from './events.ts';

/** Counts tokens of what goes to a model and comes back, by kv's own estimate. */
export interface Measure {
  /** `request` taken apart; `declarations` is the part of its system prompt that declares capabilities. */
  request(request: ModelRequest, declarations: string): Promise<RequestParts>;
  /** A call of a capability as tools mode would see it. */
  toolCost(call: { name: string; args: unknown; value: unknown }): Promise<ToolCost | undefined>;
  text(text: string): Promise<number>;
}

export function createMeasure(): Measure {
  const count = loadTokenEstimator();
  const text = async (words: string) => (await count)(words);
  return {
    text,
    request: async (request, declarations) => {
      const system = await text(request.system.map(block => block.text).join(''));
      const declared =
        (await text(declarations)) + (request.tools ? await text(JSON.stringify(request.tools)) : 0);
      const history = await text(JSON.stringify(request.messages));
      return { system, declarations: declared, scripts: 0, results: 0, history };
    },
    toolCost: async () => undefined,
  };
}
