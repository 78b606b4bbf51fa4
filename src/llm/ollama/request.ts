import type { Message, Tool } from 'ollama';
import type { ContentPart, ModelMessage, ModelRequest } from '../port.ts';

/** The conversation in Ollama's chat format. Without tool support, calls and results become plain text. */
export function toOllamaMessages(request: ModelRequest, toolsSupported: boolean): Message[] {
  const system = request.system
    .map(block => block.text)
    .filter(text => text !== '')
    .join('\n\n');
  const names = callNames(request.messages);
  const messages = request.messages.flatMap(message =>
    toolsSupported ? withTools(message, names) : asText(message, names),
  );
  return system === '' ? messages : [{ role: 'system', content: system }, ...messages];
}

export function toOllamaTools(request: ModelRequest): Tool[] {
  return (request.tools ?? []).map(tool => ({
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: tool.inputSchema },
  }));
}

function withTools(message: ModelMessage, names: Map<string, string>): Message[] {
  const results = message.content
    .filter(part => part.type === 'tool-result')
    .map(part => ({ role: 'tool', content: part.text, tool_name: names.get(part.id) ?? part.id }));
  const calls = message.content
    .filter(part => part.type === 'tool-call')
    .map(part => ({ function: { name: part.name, arguments: part.input as Record<string, unknown> } }));
  const text = joined(message.content.filter(part => part.type === 'text').map(part => part.text));
  if (text === '' && calls.length === 0) return results;
  return [...results, { role: message.role, content: text, ...(calls.length ? { tool_calls: calls } : {}) }];
}

function asText(message: ModelMessage, names: Map<string, string>): Message[] {
  const text = joined(message.content.map(part => partText(part, names)));
  return text === '' ? [] : [{ role: message.role, content: text }];
}

function partText(part: ContentPart, names: Map<string, string>): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'tool-call':
      return `Call ${part.name} with ${JSON.stringify(part.input)}`;
    case 'tool-result':
      return `${part.isError ? 'Error' : 'Result'} of ${names.get(part.id) ?? part.id}:\n${part.text}`;
    default:
      return part satisfies never;
  }
}

/** Ollama links a result to its call by the tool's name. */
function callNames(messages: ModelMessage[]): Map<string, string> {
  const calls = messages.flatMap(message => message.content).filter(part => part.type === 'tool-call');
  return new Map(calls.map(call => [call.id, call.name]));
}

function joined(texts: string[]): string {
  return texts.filter(text => text !== '').join('\n\n');
}
