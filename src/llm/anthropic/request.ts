import type Anthropic from '@anthropic-ai/sdk';
import type { ContentPart, ModelRequest } from '../port.ts';

/** The API takes at most this many cache marks in one request. */
const MAX_CACHE_MARKS = 4;
/** Of those, at most this many go to the system prompt: its last ones, which cover the longest prefixes. */
const MAX_SYSTEM_MARKS = 2;

const EPHEMERAL = { type: 'ephemeral' } as const;

/** The request in Anthropic's Messages format, with cache marks where they cover the longest prefixes. */
export function toAnthropicRequest(
  id: string,
  request: ModelRequest,
  maxOutput: number,
): Anthropic.MessageCreateParamsStreaming {
  const system = request.system.filter(block => block.text !== '');
  const messages = request.messages
    .map(message => ({ message, content: message.content.flatMap(toBlock) }))
    .filter(({ content }) => content.length > 0);
  const systemMarks = lastMarked(system, MAX_SYSTEM_MARKS);
  const messageMarks = lastMarked(
    messages.map(({ message }) => message),
    MAX_CACHE_MARKS - systemMarks.size,
  );
  return {
    model: id,
    stream: true,
    max_tokens: Math.min(request.maxOutputTokens, maxOutput),
    ...(system.length > 0
      ? {
          system: system.map(block => ({
            type: 'text' as const,
            text: block.text,
            ...(systemMarks.has(block) ? { cache_control: EPHEMERAL } : {}),
          })),
        }
      : {}),
    messages: messages.map(({ message, content }) => ({
      role: message.role,
      content: messageMarks.has(message) ? markLast(content) : content,
    })),
    ...(request.tools?.length
      ? {
          tools: request.tools.map(tool => ({
            name: tool.name,
            description: tool.description,
            input_schema: { ...tool.inputSchema, type: 'object' as const },
          })),
        }
      : {}),
  };
}

/** Text blocks of nothing but white space are refused by the API, so they are left out. */
function toBlock(part: ContentPart): Anthropic.ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'tool-call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input ?? {} }];
    case 'tool-result':
      return [{ type: 'tool_result', tool_use_id: part.id, content: part.text, is_error: part.isError }];
    default:
      return part satisfies never;
  }
}

function lastMarked<T extends { cache?: boolean }>(items: T[], count: number): Set<T> {
  return new Set(count > 0 ? items.filter(item => item.cache).slice(-count) : []);
}

function markLast(content: Anthropic.ContentBlockParam[]): Anthropic.ContentBlockParam[] {
  return content.map((block, index) =>
    index === content.length - 1
      ? ({ ...block, cache_control: EPHEMERAL } as Anthropic.ContentBlockParam)
      : block,
  );
}
