import { abortable } from './abortable.ts';
import { ModelError } from './errors.ts';
import { roughUsage } from './estimate.ts';
import type { LanguageModel, ModelEvent, ModelRequest, StopReason, TokenUsage } from './port.ts';

/** One answer of the scripted model. `events` replaces everything else; `error` is thrown after the text. */
export interface ScriptedAnswer {
  text?: string;
  toolCalls?: Array<{ id?: string; name: string; input: unknown }>;
  reason?: StopReason;
  usage?: Partial<TokenUsage>;
  events?: ModelEvent[];
  error?: unknown;
}

/** A string is an answer that is only text; a function sees the request (and may wait for something). */
export type ScriptedStep =
  | string
  | ScriptedAnswer
  | ((
      request: ModelRequest,
      signal: AbortSignal,
    ) => string | ScriptedAnswer | Promise<string | ScriptedAnswer>);

export interface ScriptedModel extends LanguageModel {
  /** Every request so far, as it came. */
  readonly requests: readonly ModelRequest[];
}

/**
 * A model that gives the listed answers, one a request, streamed in pieces of `chunkSize` characters. A request
 * beyond the list is a ModelError.
 */
export function createScriptedModel(
  steps: readonly ScriptedStep[],
  options: { id?: string; contextWindow?: number; chunkSize?: number } = {},
): ScriptedModel {
  const requests: ModelRequest[] = [];
  const { id = 'scripted', contextWindow = 200_000, chunkSize = 16 } = options;

  async function* answer(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    requests.push(structuredClone(request));
    const step = steps[requests.length - 1];
    if (step === undefined) {
      throw new ModelError(
        `The scripted model has ${steps.length} answers and was asked ${requests.length} times.`,
      );
    }
    const given = typeof step === 'function' ? await step(request, signal) : step;
    const said = typeof given === 'string' ? { text: given } : given;
    yield* said.events ?? eventsOf(said, request, requests.length, chunkSize);
  }

  return {
    provider: 'scripted',
    id,
    contextWindow,
    requests,
    stream: (request, signal) => abortable(answer(request, signal), signal),
  };
}

function* eventsOf(
  answer: ScriptedAnswer,
  request: ModelRequest,
  turn: number,
  chunkSize: number,
): Generator<ModelEvent> {
  const { text = '', toolCalls = [] } = answer;
  for (let at = 0; at < text.length; at += chunkSize) {
    yield { type: 'text', delta: text.slice(at, at + chunkSize) };
  }
  if (answer.error !== undefined) throw answer.error;
  for (const [index, call] of toolCalls.entries()) {
    yield { type: 'tool-call', id: call.id ?? `call_${turn}_${index}`, name: call.name, input: call.input };
  }
  const reason = answer.reason ?? (toolCalls.length > 0 ? 'tool-calls' : 'end');
  const said = text + (toolCalls.length > 0 ? JSON.stringify(toolCalls) : '');
  yield { type: 'finish', reason, usage: { ...roughUsage(request, said), ...answer.usage } };
}
