import { randomUUID } from 'node:crypto';
import type { ChatResponse, Ollama } from 'ollama';
import { abortable } from './abortable.ts';
import { shownUrl } from './connection.ts';
import { ModelError } from './errors.ts';
import { roughTokens, roughUsage } from './estimate.ts';
import { type OllamaTarget, ollamaFailure } from './ollama/errors.ts';
import { ollamaFetch, patientFetch } from './ollama/fetch.ts';
import { toOllamaMessages, toOllamaTools } from './ollama/request.ts';
import { ThinkFilter } from './ollama/think-filter.ts';
import { DEFAULT_CONTEXT_LENGTH, type ModelTraits, traitsOf } from './ollama/traits.ts';
import type { LanguageModel, ModelEvent, ModelRequest, StopReason, TokenUsage } from './port.ts';
import { type RetryTools, realRetryTools, TransientFailure, withRetries } from './retry.ts';

const DEFAULT_HOST = 'http://127.0.0.1:11434';

export interface OllamaOptions {
  /** Name and tag as `ollama list` shows them: `qwen3:8b`. */
  id: string;
  /** As in OLLAMA_HOST: `host`, `host:port` or a URL. */
  host?: string;
  /** Tokens; the model's own limit caps it. */
  contextLength?: number;
  /** For tests. */
  fetch?: typeof globalThis.fetch;
  retry?: RetryTools;
}

/** A model behind Ollama's chat API. The package and the model's traits are loaded with the first request. */
export function createOllamaModel(options: OllamaOptions): LanguageModel {
  return new OllamaModel(options);
}

class OllamaModel implements LanguageModel {
  readonly provider = 'ollama';
  readonly id: string;
  readonly #options: OllamaOptions;
  readonly #target: OllamaTarget;
  readonly #host: string;
  #traits: ModelTraits | undefined;
  #send: Promise<typeof globalThis.fetch> | undefined;

  constructor(options: OllamaOptions) {
    this.id = options.id;
    this.#options = options;
    this.#host = hostUrl(options.host);
    this.#target = { id: options.id, url: shownUrl(this.#host) };
  }

  /** Before the first request: what the model will get if it was trained for that much. */
  get contextWindow(): number {
    return this.#traits?.contextLength ?? this.#options.contextLength ?? DEFAULT_CONTEXT_LENGTH;
  }

  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const tools = this.#options.retry ?? realRetryTools;
    return abortable(
      withRetries(() => this.#attempt(request, signal), signal, tools),
      signal,
    );
  }

  async *#attempt(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    // Aborted at the end too: the package keeps a connection open whose answer nobody reads.
    const own = new AbortController();
    const filter = new ThinkFilter();
    const calls: ModelEvent[] = [];
    let text = '';
    let last: ChatResponse | undefined;
    try {
      for await (const chunk of await this.#open(request, AbortSignal.any([signal, own.signal]))) {
        const delta = filter.push(chunk.message?.content ?? '');
        calls.push(...toolCalls(chunk));
        if (chunk.done) last = chunk;
        const shown = chunk.done ? delta + filter.end() : delta;
        text += shown;
        if (shown !== '') yield { type: 'text', delta: shown };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (text === '') throw this.#failure(error);
    } finally {
      own.abort();
    }
    if (last) {
      yield* calls;
      yield { type: 'finish', reason: stopReason(last, calls), usage: usageOf(last, request, text) };
      return;
    }
    yield { type: 'finish', reason: 'cut', usage: roughUsage(request, text) };
  }

  async #open(request: ModelRequest, signal: AbortSignal): Promise<AsyncIterable<ChatResponse>> {
    const { Ollama } = await import('ollama');
    this.#send ??= this.#options.fetch ? Promise.resolve(this.#options.fetch) : patientFetch();
    const client = new Ollama({
      host: this.#target.url,
      fetch: ollamaFetch(await this.#send, signal),
      headers: credentials(this.#host),
    });
    this.#traits ??= await this.#show(client);
    const { tools, contextLength } = this.#traits;
    const chat = {
      model: this.id,
      messages: toOllamaMessages(request, tools),
      ...(tools && request.tools?.length ? { tools: toOllamaTools(request) } : {}),
      stream: true as const,
      // Without these two the server silently drops the oldest messages when the prompt outgrows the window.
      truncate: false,
      shift: false,
      options: { num_ctx: contextLength, num_predict: request.maxOutputTokens },
    };
    return client.chat(chat);
  }

  async #show(client: Ollama): Promise<ModelTraits> {
    return traitsOf(await client.show({ model: this.id }), this.#options.contextLength);
  }

  #failure(error: unknown): ModelError | TransientFailure {
    if (error instanceof Error && error.message.startsWith('Did not receive done')) {
      const broken = new ModelError(`The answer of ${this.id} broke off before it had begun.`, {
        hint: 'Look into the log of `ollama serve`: the model may have crashed.',
        facts: { url: this.#target.url },
      });
      return new TransientFailure('stream cut', broken);
    }
    return ollamaFailure(error, this.#target);
  }
}

function toolCalls(chunk: ChatResponse): ModelEvent[] {
  return (chunk.message?.tool_calls ?? []).map(({ function: call }) => ({
    type: 'tool-call',
    id: `call_${randomUUID().slice(0, 13)}`,
    name: call.name,
    input: call.arguments ?? {},
  }));
}

function stopReason(last: ChatResponse, calls: ModelEvent[]): StopReason {
  if (calls.length > 0) return 'tool-calls';
  return last.done_reason === 'length' ? 'length' : 'end';
}

/** A prompt that was cached whole is reported by older servers without its count. */
function usageOf(last: ChatResponse, request: ModelRequest, text: string): TokenUsage {
  const { prompt_eval_count: input, eval_count: output } = last as Partial<ChatResponse>;
  const rough = roughUsage(request, text);
  return {
    ...rough,
    inputTokens: input ?? rough.inputTokens,
    outputTokens: output ?? roughTokens(text),
    estimated: input === undefined || output === undefined,
  };
}

/** OLLAMA_HOST names where the server listens; `0.0.0.0` is reached through the loopback address. */
function hostUrl(host: string | undefined): string {
  const given = host?.trim() || DEFAULT_HOST;
  const explicit = given.includes('://');
  const text = explicit ? given : `http://${given.startsWith(':') ? `127.0.0.1${given}` : given}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new ModelError(
      `OLLAMA_HOST is "${shownUrl(given)}", which is neither host:port nor an http(s) URL.`,
      {
        hint: `Write it like ${DEFAULT_HOST}.`,
      },
    );
  }
  const url = new URL(text);
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (!explicit && !/:\d+\/?$/.test(text)) url.port = '11434';
  return url.toString().replace(/\/+$/, '');
}

/** fetch takes no credentials in a URL, so they travel as a header. */
function credentials(host: string): Record<string, string> {
  const { username, password } = new URL(host);
  if (!username && !password) return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
