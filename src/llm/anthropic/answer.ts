import type Anthropic from '@anthropic-ai/sdk';
import { isRecord } from '../../shared/json.ts';
import { roughTokens, roughUsage } from '../estimate.ts';
import type { ModelEvent, ModelRequest, StopReason, TokenUsage } from '../port.ts';

interface OpenCall {
  id: string;
  name: string;
  /** Input given whole with the block's start; some gateways do that instead of sending deltas. */
  whole: unknown;
  json: string;
  closed: boolean;
}

/**
 * Puts one streamed answer together. Text passes at once; tool calls are held until `message_stop`, since a
 * stream that breaks off, or runs into the output limit, may leave the last one half said.
 */
export class AnthropicAnswer {
  readonly #calls = new Map<number, OpenCall>();
  #lastBlock = -1;
  #usage: TokenUsage | undefined;
  #outputReported = false;
  #stop: string | null = null;
  text = '';
  complete = false;

  /** The text that this event adds, '' for most events. */
  add(event: Anthropic.RawMessageStreamEvent): string {
    switch (event.type) {
      case 'message_start':
        this.#startUsage(event.message.usage);
        return '';
      case 'content_block_start':
        return this.#startBlock(event.index, event.content_block);
      case 'content_block_delta':
        if (event.delta.type === 'text_delta') return this.#addText(event.delta.text);
        if (event.delta.type === 'input_json_delta') this.#addJson(event.index, event.delta.partial_json);
        return '';
      case 'content_block_stop':
        this.#close(event.index);
        return '';
      case 'message_delta':
        this.#stop = event.delta?.stop_reason ?? this.#stop;
        this.#endUsage(event.usage);
        return '';
      case 'message_stop':
        this.complete = true;
        return '';
      default:
        // Event types added to the API later carry nothing that kv shows.
        return '';
    }
  }

  /**
   * The whole tool calls and the `finish` of a complete answer; undefined when a call that should be whole is
   * not valid JSON.
   */
  end(request: ModelRequest): ModelEvent[] | undefined {
    const reason = stopReason(this.#stop);
    const calls: ModelEvent[] = [];
    if (reason !== 'refusal') {
      for (const [index, call] of this.#calls) {
        const cutOff = reason === 'length' && index === this.#lastBlock;
        if (cutOff) continue;
        const input = call.closed ? inputOf(call) : undefined;
        if (input === undefined) return undefined;
        calls.push({ type: 'tool-call', id: call.id, name: call.name, input });
      }
    }
    return [...calls, { type: 'finish', reason, usage: this.usage(request) }];
  }

  /** As reported, or estimated as far as the stream broke off before the report. */
  usage(request: ModelRequest): TokenUsage {
    if (!this.#usage) return roughUsage(request, this.text);
    if (this.#outputReported) return this.#usage;
    return { ...this.#usage, outputTokens: roughTokens(this.text), estimated: true };
  }

  #startUsage(usage: Partial<Anthropic.Usage> | undefined): void {
    if (typeof usage?.input_tokens !== 'number') return;
    this.#usage = {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens ?? 0,
      cacheReadTokens: usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
      estimated: false,
    };
  }

  /** The counts of `message_delta` are cumulative and replace the earlier ones. */
  #endUsage(usage: Partial<Anthropic.MessageDeltaUsage> | undefined): void {
    if (typeof usage?.output_tokens !== 'number') return;
    this.#outputReported = true;
    if (!this.#usage) this.#startUsage({ input_tokens: usage.input_tokens ?? undefined });
    if (!this.#usage) return;
    this.#usage = {
      inputTokens: usage.input_tokens ?? this.#usage.inputTokens,
      outputTokens: usage.output_tokens,
      cacheReadTokens: usage.cache_read_input_tokens ?? this.#usage.cacheReadTokens,
      cacheWriteTokens: usage.cache_creation_input_tokens ?? this.#usage.cacheWriteTokens,
      estimated: false,
    };
  }

  #startBlock(index: number, block: Anthropic.RawContentBlockStartEvent['content_block']): string {
    this.#lastBlock = index;
    if (block.type === 'text') return this.#addText(block.text ?? '');
    if (block.type === 'tool_use') {
      this.#calls.set(index, { id: block.id, name: block.name, whole: block.input, json: '', closed: false });
    }
    return '';
  }

  #addText(text: string): string {
    this.text += text;
    return text;
  }

  #addJson(index: number, json: string): void {
    const call = this.#calls.get(index);
    if (call) call.json += json;
  }

  #close(index: number): void {
    const call = this.#calls.get(index);
    if (call) call.closed = true;
  }
}

function inputOf(call: OpenCall): unknown {
  if (call.json.trim() === '') return isRecord(call.whole) ? call.whole : {};
  try {
    const value: unknown = JSON.parse(call.json);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function stopReason(reason: string | null): StopReason {
  switch (reason) {
    case 'tool_use':
      return 'tool-calls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'refusal';
    default:
      return 'end';
  }
}
