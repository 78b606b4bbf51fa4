import type { ContentPart, ModelMessage } from '../../../llm/port.ts';
import { cleanText } from '../../../shared/text.ts';
import type { ModelAnswer } from '../mode.ts';
import { codeIn, recoverScript, unfenced } from './repair/recover.ts';

/**
 * Finds the script of an answer that has none where the reader looks: in a tool call, whatever its name, or in
 * text that plainly is one. The words of a tool call's `why` are the answer's words.
 */
export function understand(answer: ModelAnswer, families: ReadonlySet<string>): ModelAnswer {
  if (answer.script !== undefined) return answer;
  for (const call of answer.toolCalls) {
    const code = codeIn(call.input);
    if (code === undefined) continue;
    const why = (call.input as { why?: unknown }).why;
    const text = answer.text || (typeof why === 'string' ? cleanText(why).trim() : '');
    return { ...answer, text, script: unfenced(cleanText(code)), scriptCall: call.id, closed: true };
  }
  if (answer.report !== undefined) return answer;
  const found = recoverScript(answer.text, families);
  if (!found) return answer;
  const { script, text, closed, repair } = found;
  return { ...answer, script, text, closed, repairs: [repair] };
}

/** The answer with another script, wherever it stands. */
export function rewritten(answer: ModelAnswer, script: string): ModelAnswer {
  const toolCalls = answer.toolCalls.map(call =>
    call.id === answer.scriptCall ? { ...call, input: { code: script } } : call,
  );
  return { ...answer, script, toolCalls };
}

/** `message` as the answer to what the model did: providers want a result for each tool call. */
export function answered(answer: ModelAnswer, message: ModelMessage): ModelMessage {
  if (answer.toolCalls.length === 0) return message;
  const text = message.content.map(part => (part.type === 'text' ? part.text : '')).join('\n\n');
  const results = answer.toolCalls.map((call): ContentPart => {
    const own = answer.scriptCall === undefined || call.id === answer.scriptCall;
    return {
      type: 'tool-result',
      id: call.id,
      text: own ? text : 'Not carried out: one script a turn.',
      isError: !own || answer.scriptCall === undefined,
    };
  });
  return { role: 'user', content: results };
}
