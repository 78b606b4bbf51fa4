import { isRecord } from '../../../shared/json.ts';
import type { ToolCall } from '../../events.ts';
import type { ModelAnswer } from '../mode.ts';
import type { ToolNames } from './names.ts';

const FENCED_JSON = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/;

/**
 * The answer with the calls that were meant: tools by the names they are offered under, and calls that small
 * models write down as JSON instead of making them. `newId` gives those an id.
 */
export function understandCalls(answer: ModelAnswer, names: ToolNames, newId: () => string): ModelAnswer {
  if (answer.toolCalls.length > 0) {
    return {
      ...answer,
      toolCalls: answer.toolCalls.map(call => ({ ...call, name: offeredName(call.name, names) })),
    };
  }
  const written = answer.report === undefined ? writtenCalls(answer.text, names, newId) : undefined;
  return written ? { ...answer, text: '', toolCalls: written } : answer;
}

function offeredName(given: string, names: ToolNames): string {
  const capability = names.capability(given);
  return capability === undefined ? given : names.tool(capability);
}

function writtenCalls(text: string, names: ToolNames, newId: () => string): ToolCall[] | undefined {
  const trimmed = text.trim();
  const json = FENCED_JSON.exec(trimmed)?.[1] ?? trimmed;
  if (!/^[[{]/.test(json)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const calls = (Array.isArray(value) ? value : [value]).map(item => writtenCall(item, names, newId));
  return calls.length > 0 && calls.every(call => call !== undefined) ? calls : undefined;
}

function writtenCall(value: unknown, names: ToolNames, newId: () => string): ToolCall | undefined {
  if (!isRecord(value)) return undefined;
  const call = isRecord(value['function']) ? value['function'] : value;
  const name = call['name'] ?? call['tool'] ?? call['function'];
  if (typeof name !== 'string' || names.capability(name) === undefined) return undefined;
  const input = call['arguments'] ?? call['input'] ?? call['parameters'] ?? call['args'] ?? {};
  return { id: newId(), name: offeredName(name, names), input };
}
