import type { ContentPart, ModelMessage, ToolSpec } from '../llm/port.ts';
import { paired } from './paired.ts';

/**
 * The conversation as a mode may send it: tool calls that the mode does not offer (they were made in another one),
 * and their results, become text, because providers refuse calls of tools that the request does not declare. Of the
 * rest every call has its result.
 */
export function presented(
  history: readonly ModelMessage[],
  tools: readonly ToolSpec[] | undefined,
): ModelMessage[] {
  const offered = new Set(tools?.map(tool => tool.name));
  const foreign = new Map<string, string>();
  const part = (item: ContentPart): ContentPart => {
    if (item.type === 'tool-call' && !offered.has(item.name)) {
      foreign.set(item.id, item.name);
      return { type: 'text', kind: 'call', text: `[called ${item.name} with ${JSON.stringify(item.input)}]` };
    }
    const name = item.type === 'tool-result' ? foreign.get(item.id) : undefined;
    if (item.type !== 'tool-result' || name === undefined) return item;
    return {
      type: 'text',
      kind: 'result',
      text: `${item.isError ? 'Error' : 'Result'} of ${name}:\n${item.text}`,
    };
  };
  return paired(history.map(message => ({ ...message, content: message.content.map(part) })));
}
