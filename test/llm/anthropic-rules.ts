import { fail } from './anthropic-wire.ts';
import type { Received, Reply } from './wire.ts';

type Block = Record<string, unknown> & { type: string };
interface Message {
  role: string;
  content: Block[];
}

/** A reply of an API that looks at requests as the real one does: what that refuses is answered with its 400. */
export function checked(reply: Reply): Reply {
  return (response, received) => {
    const why = refusalOf(received.body);
    return why === undefined
      ? reply(response, received)
      : fail(400, 'invalid_request_error', why)(response, received);
  };
}

/** Why the Messages API would refuse this body (platform.claude.com/docs/en/api/messages), undefined if it takes it. */
export function refusalOf(body: Received['body']): string | undefined {
  const messages = body['messages'] as Message[];
  const tools = (body['tools'] ?? []) as Array<{ name: string }>;
  if (messages.length === 0) return 'messages: at least one message is required';
  if (messages[0]!.role !== 'user') return 'messages: first message must use the "user" role';
  if (messages.at(-1)!.role !== 'user') return 'This model does not support assistant message prefill';
  const blocks = messages.flatMap(message => message.content);
  if (blocks.some(({ type }) => type.startsWith('tool_')) && tools.length === 0)
    return 'Requests which have `tool_use` or `tool_result` blocks must define tools';
  if (new Set(tools.map(tool => tool.name)).size < tools.length) return 'tools: Tool names must be unique';
  const system = (body['system'] ?? []) as Block[];
  const marks = [...system, ...blocks].filter(block => block['cache_control'] !== undefined);
  if (marks.length > 4) return 'A maximum of 4 blocks with cache_control may be provided';
  return [...system, ...blocks].map(blockRefusal).find(Boolean) ?? pairingRefusal(messages);
}

function blockRefusal(block: Block): string | undefined {
  const { type, text, id, name, input, content } = block;
  if (type === 'text' && (typeof text !== 'string' || text.trim() === ''))
    return 'messages: text content blocks must contain non-whitespace text';
  if (type === 'tool_use') {
    if (!/^[a-zA-Z0-9_-]+$/.test(String(id))) return `tool_use.id: String should match pattern: ${id}`;
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(String(name)))
      return `tool_use.name: String should match pattern: ${name}`;
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return 'tool_use.input: Input should be a valid dictionary';
  }
  if (type === 'tool_result' && block['is_error'] === true && content === '')
    return 'tool_result: content cannot be empty if `is_error` is true';
  return undefined;
}

function pairingRefusal(messages: readonly Message[]): string | undefined {
  const seen = new Set<unknown>();
  let open: unknown[] = [];
  for (const [i, { role, content }] of messages.entries()) {
    if (content.length === 0) return `messages.${i}: content must be non-empty`;
    const results = content.filter(block => block.type === 'tool_result').map(block => block['tool_use_id']);
    const first = content.slice(0, results.length);
    if (first.some(block => block.type !== 'tool_result'))
      return `messages.${i}: \`tool_result\` blocks must come first`;
    if (open.some(id => !results.includes(id)))
      return `messages.${i}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`;
    if (results.some(id => !open.includes(id)) || new Set(results).size < results.length)
      return `messages.${i}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`;
    open = content.filter(block => block.type === 'tool_use').map(block => block['id']);
    if (role !== 'assistant' && open.length > 0)
      return `messages.${i}: \`tool_use\` blocks are the assistant's`;
    for (const id of open) {
      if (seen.has(id)) return 'messages: `tool_use` ids must be unique';
      seen.add(id);
    }
  }
  return open.length > 0 ? '`tool_use` ids were found without `tool_result` blocks' : undefined;
}
