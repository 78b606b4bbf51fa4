import type { ContentPart, ModelMessage } from '../llm/port.ts';

type ToolCallPart = Extract<ContentPart, { type: 'tool-call' }>;
type ToolResultPart = Extract<ContentPart, { type: 'tool-result' }>;

const INTERRUPTED = 'This call was interrupted: it has no result.';

/**
 * The conversation as providers accept it: every tool call has its result, and results open the message after their
 * calls, in the order of the calls. A call that was interrupted gets a result that says so; a result whose call is
 * not in the message before becomes text.
 */
export function paired(messages: readonly ModelMessage[]): ModelMessage[] {
  const out: ModelMessage[] = [];
  let open: ToolCallPart[] = [];
  for (const message of messages) {
    if (message.role === 'user' && (open.length > 0 || message.content.some(isResult))) {
      out.push({ ...message, content: answered(open, message.content) });
    } else {
      if (open.length > 0) out.push({ role: 'user', content: answered(open, []) });
      out.push(message);
    }
    open = message.role === 'assistant' ? message.content.filter(part => part.type === 'tool-call') : [];
  }
  if (open.length > 0) out.push({ role: 'user', content: answered(open, []) });
  return out;
}

function answered(calls: readonly ToolCallPart[], content: readonly ContentPart[]): ContentPart[] {
  const results = new Map(content.filter(isResult).map(part => [part.id, part]));
  const first = calls.map(
    ({ id }): ToolResultPart =>
      results.get(id) ?? { type: 'tool-result', id, text: INTERRUPTED, isError: true },
  );
  const known = new Set(calls.map(call => call.id));
  const rest = content.flatMap((part): ContentPart[] => {
    if (!isResult(part)) return [part];
    return known.has(part.id) ? [] : [{ type: 'text', text: part.text }];
  });
  return [...first, ...rest];
}

function isResult(part: ContentPart): part is ToolResultPart {
  return part.type === 'tool-result';
}
