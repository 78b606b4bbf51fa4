import type Anthropic from '@anthropic-ai/sdk';
import { abortable } from './abortable.ts';
import { AnthropicAnswer } from './anthropic/answer.ts';
import { type AnthropicTarget, anthropicFailure } from './anthropic/errors.ts';
import { toAnthropicRequest } from './anthropic/request.ts';
import { shownUrl } from './connection.ts';
import { claudeLimits } from './context-windows.ts';
import { ModelError } from './errors.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from './port.ts';
import { type RetryTools, realRetryTools, TransientFailure, withRetries } from './retry.ts';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';

export interface AnthropicOptions {
  /** Model id as the API names it: `claude-sonnet-5-5`. */
  id: string;
  apiKey: string | undefined;
  /** Ends before `/v1/messages`. */
  baseUrl?: string;
  /** Tokens; for models that kv does not know. */
  contextWindow?: number;
  /** For tests and proxies. */
  fetch?: typeof globalThis.fetch;
  retry?: RetryTools;
}

/**
 * A Claude model behind Anthropic's Messages API. Throws ModelError at once when the key or the base URL cannot
 * be right; the SDK is loaded with the first request.
 */
export function createAnthropicModel(options: AnthropicOptions): LanguageModel {
  return new AnthropicModel(options);
}

class AnthropicModel implements LanguageModel {
  readonly provider = 'anthropic';
  readonly id: string;
  readonly contextWindow: number;
  readonly #options: AnthropicOptions;
  readonly #target: AnthropicTarget;
  readonly #baseUrl: string;
  #client: Promise<Anthropic> | undefined;

  constructor(options: AnthropicOptions) {
    this.id = options.id;
    this.contextWindow = options.contextWindow ?? claudeLimits(options.id).contextWindow;
    this.#options = options;
    this.#baseUrl = checkedUrl(options.baseUrl);
    this.#target = { id: options.id, url: shownUrl(this.#baseUrl), apiKey: checkedKey(options.apiKey) };
  }

  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const tools = this.#options.retry ?? realRetryTools;
    return abortable(
      withRetries(() => this.#attempt(request, signal), signal, tools),
      signal,
    );
  }

  async *#attempt(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const answer = new AnthropicAnswer();
    try {
      for await (const event of await this.#open(request, signal)) {
        const delta = answer.add(event);
        if (delta !== '') yield { type: 'text', delta };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (answer.text === '') throw anthropicFailure(error, this.#target);
    }
    // The SDK ends a stream quietly when its request was aborted.
    signal.throwIfAborted();
    const ending = answer.complete ? answer.end(request) : undefined;
    if (ending) {
      yield* ending;
      return;
    }
    if (answer.text === '') throw this.#brokenOff();
    yield { type: 'finish', reason: 'cut', usage: answer.usage(request) };
  }

  async #open(
    request: ModelRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Anthropic.RawMessageStreamEvent>> {
    this.#client ??= this.#connect();
    const client = await this.#client;
    const body = toAnthropicRequest(this.id, request, claudeLimits(this.id).maxOutput);
    // Not messages.create(): that prints deprecation warnings to the console, into the middle of the UI.
    return client.post<AsyncIterable<Anthropic.RawMessageStreamEvent>>('/v1/messages', {
      body,
      stream: true,
      signal,
    });
  }

  async #connect(): Promise<Anthropic> {
    const { default: Client } = await import('@anthropic-ai/sdk');
    return new Client({
      apiKey: this.#target.apiKey,
      baseURL: this.#baseUrl,
      maxRetries: 0,
      logLevel: 'off',
      openTelemetry: false,
      fetch: this.#options.fetch,
    });
  }

  #brokenOff(): TransientFailure {
    const error = new ModelError(`The answer of ${this.id} broke off before it had begun.`, {
      hint: 'Try again; if it goes on, check the network and any proxy in between.',
      facts: { url: this.#target.url },
    });
    return new TransientFailure('stream cut', error);
  }
}

function checkedKey(apiKey: string | undefined): string {
  const key = apiKey?.trim() ?? '';
  if (key === '') {
    throw new ModelError('Claude models need an API key, and ANTHROPIC_API_KEY is not set.', {
      hint: 'Set ANTHROPIC_API_KEY (https://console.anthropic.com/settings/keys), or use --model offline or ollama:<id>.',
    });
  }
  // Node's own complaint about such a header would quote the key.
  if (/[^\x21-\x7e]/.test(key)) {
    throw new ModelError('ANTHROPIC_API_KEY holds spaces or characters that no key has.', {
      hint: 'Copy the key again from https://console.anthropic.com/settings/keys.',
    });
  }
  return key;
}

function checkedUrl(baseUrl: string | undefined): string {
  const url = baseUrl?.trim() || DEFAULT_BASE_URL;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ModelError(`ANTHROPIC_BASE_URL is "${shownUrl(url)}", which is not an http(s) URL.`, {
      hint: `Write it like ${DEFAULT_BASE_URL}, or unset it.`,
    });
  }
  const { username, password } = new URL(url);
  if (username || password) {
    throw new ModelError('ANTHROPIC_BASE_URL holds a user name or password, which cannot be sent.', {
      hint: `Write it without: ${shownUrl(url)}.`,
    });
  }
  return url.replace(/\/+$/, '').replace(/\/v1(\/messages)?$/, '');
}
