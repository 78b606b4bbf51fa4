import type { ModelMessage } from '../llm/port.ts';
import { isRecord } from '../shared/json.ts';
import type { ModelAnswer } from './modes/mode.ts';

/** An answer as the conversation keeps it: what followed the script is left out. */
export function assistantMessage(
  answer: Pick<ModelAnswer, 'text' | 'report' | 'script' | 'scriptCall'>,
  toolCalls: ModelAnswer['toolCalls'] = [],
): ModelMessage {
  const fenced = answer.script !== undefined && answer.scriptCall === undefined;
  const script = fenced ? `\`\`\`ts\n${answer.script}\n\`\`\`` : '';
  const whole = [answer.text, script, answer.report].filter(Boolean).join('\n');
  return {
    role: 'assistant',
    content: [
      // Calls are an answer; nothing at all has to be something.
      ...(whole === '' && toolCalls.length > 0 ? [] : [{ type: 'text' as const, text: whole || '(empty)' }]),
      ...toolCalls.map(call => ({ type: 'tool-call' as const, ...call, input: asObject(call.input) })),
    ],
  };
}

/** Providers refuse a conversation in which the input of a call is no object. */
function asObject(input: unknown): Record<string, unknown> {
  return isRecord(input) ? input : { input };
}

/** Providers want roles to alternate: a message after one of the same role joins it. */
export function addMessage(history: ModelMessage[], message: ModelMessage): void {
  const last = history.at(-1);
  if (last?.role === message.role) last.content.push(...message.content);
  else history.push({ ...message, content: [...message.content] });
}

/** The conversation with its newest message as the end of the cacheable prefix. */
export function marked(history: ModelMessage[]): ModelMessage[] {
  return history.map((message, i) => (i === history.length - 1 ? { ...message, cache: true } : message));
}

/** Adds a remark to the message that the model reads next. */
export function append(history: ModelMessage[], text: string): void {
  addMessage(history, { role: 'user', content: [{ type: 'text', text }] });
}
