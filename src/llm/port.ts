/**
 * The port between kv and a language model. SDK types stay inside the adapters.
 *
 * Contract of `stream`:
 * - Yields text as it arrives, whole tool calls (never half of one), and exactly one `finish` at the end.
 * - Retries overload, 5xx and connection failures by itself as long as nothing was yielded, announcing each
 *   with `retry`. A stream cut after text was yielded ends with a `finish` of reason 'cut' or a rejection with
 *   `ModelError`; it never passes a half tool call on.
 * - Rejects with `ModelError` (kind 'model-unavailable') when there is no answer to be had: unknown model, bad
 *   key, no connection. The message says what to do.
 * - An aborted signal rejects promptly with the signal's reason.
 */
export interface LanguageModel {
  /** `anthropic`, `ollama`, `offline`, `scripted`, `recorded`. */
  readonly provider: string;
  readonly id: string;
  /** Tokens that fit into one request, as far as known. */
  readonly contextWindow: number;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export interface ModelRequest {
  /** Stable prefix first; a block marked `cache` ends a cacheable prefix. */
  system: SystemBlock[];
  messages: ModelMessage[];
  tools?: ToolSpec[];
  maxOutputTokens: number;
}

export interface SystemBlock {
  text: string;
  cache?: boolean;
}

export interface ModelMessage {
  role: 'user' | 'assistant';
  content: ContentPart[];
  /** Ends a cacheable prefix here (the adapter keeps to its provider's limit of marks). */
  cache?: boolean;
}

export type ContentPart =
  | { type: 'text'; text: string; kind?: TextKind }
  | { type: 'tool-call'; id: string; name: string; input: unknown }
  | { type: 'tool-result'; id: string; text: string; isError: boolean };

/** What a text stands for where it is no one's words; kv's own bookkeeping, which no provider ever sees. */
export type TextKind = 'call' | 'result';

export interface ToolSpec {
  name: string;
  description: string;
  /** JSON Schema of the parameters (an object schema). */
  inputSchema: Record<string, unknown>;
}

export type ModelEvent =
  | { type: 'text'; delta: string }
  | { type: 'tool-call'; id: string; name: string; input: unknown }
  | { type: 'retry'; attempt: number; delayMs: number; reason: string }
  | { type: 'finish'; reason: StopReason; usage: TokenUsage };

/** `length`: the output limit was reached; `cut`: the stream broke off; `refusal`: the model declined. */
export type StopReason = 'end' | 'tool-calls' | 'length' | 'refusal' | 'cut';

/** Tokens of one request. `estimated` is true where the provider reported nothing. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  estimated: boolean;
}
