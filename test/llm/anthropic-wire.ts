import type { ServerResponse } from 'node:http';
import { drip, json, type Reply } from './wire.ts';

export type Block =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string }
  | { type: 'tool_use'; id: string; name: string; json: string };

interface AnswerOptions {
  stop?: string;
  usage?: Record<string, number>;
  outputTokens?: number;
  /** Bytes a write. */
  chunk?: number;
}

export function sse(type: string, body: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
}

/** The events of one whole answer, in Anthropic's streaming format. */
export function answerEvents(blocks: Block[], options: AnswerOptions = {}): string[] {
  const usage = { input_tokens: 100, output_tokens: 1, ...options.usage };
  const events = [
    sse('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        usage,
      },
    }),
    'event: ping\ndata: {"type": "ping"}\n\n',
  ];
  for (const [index, block] of blocks.entries()) {
    events.push(...blockEvents(index, block));
  }
  events.push(
    sse('message_delta', {
      delta: { stop_reason: options.stop ?? 'end_turn', stop_sequence: null },
      usage: { output_tokens: options.outputTokens ?? 42 },
    }),
    sse('message_stop', {}),
  );
  return events;
}

function blockEvents(index: number, block: Block): string[] {
  const deltas = (text: string, delta: (piece: string) => object) =>
    (text.match(/.{1,7}/gsu) ?? []).map(piece => sse('content_block_delta', { index, delta: delta(piece) }));
  const stop = sse('content_block_stop', { index });
  switch (block.type) {
    case 'text':
      return [
        sse('content_block_start', { index, content_block: { type: 'text', text: '' } }),
        ...deltas(block.text, text => ({ type: 'text_delta', text })),
        stop,
      ];
    case 'thinking':
      return [
        sse('content_block_start', {
          index,
          content_block: { type: 'thinking', thinking: '', signature: '' },
        }),
        ...deltas(block.thinking, thinking => ({ type: 'thinking_delta', thinking })),
        stop,
      ];
    case 'tool_use':
      return [
        sse('content_block_start', {
          index,
          content_block: { type: 'tool_use', id: block.id, name: block.name, input: {} },
        }),
        ...deltas(block.json, partial_json => ({ type: 'input_json_delta', partial_json })),
        stop,
      ];
  }
}

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

export function answer(blocks: Block[], options: AnswerOptions = {}): Reply {
  return async response => {
    startStream(response);
    await drip(response, answerEvents(blocks, options).join(''), options.chunk ?? 4096);
    response.end();
  };
}

export function say(text: string, options?: AnswerOptions): Reply {
  return answer([{ type: 'text', text }], options);
}

export function fail(status: number, type: string, message: string, headers = {}): Reply {
  return response =>
    json(response, status, { type: 'error', error: { type, message }, request_id: 'req_1' }, headers);
}
