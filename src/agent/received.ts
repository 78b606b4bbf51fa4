import type { ToolCall } from './events.ts';

/**
 * A tool call as it may enter the conversation: with an id that no other call of the answer has, because providers
 * refuse two of the same, and with an input that JSON can hold. `before` are the answer's calls so far.
 */
export function receivedCall({ id, name, input }: ToolCall, before: readonly ToolCall[]): ToolCall {
  return { id: freeId(id, before), name, input: isJson(input) ? input : {} };
}

function freeId(wanted: string, before: readonly ToolCall[]): string {
  const taken = new Set(before.map(call => call.id));
  let id = wanted;
  for (let i = 2; taken.has(id); i++) id = `${wanted}_${i}`;
  return id;
}

/** False for what nests so deeply that it can be read but not written. */
function isJson(input: unknown): boolean {
  try {
    JSON.stringify(input);
    return true;
  } catch {
    return false;
  }
}
