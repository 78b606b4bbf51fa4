import type { ModelRequest, TokenUsage } from './port.ts';

/** Characters per token of mixed prose, code and JSON: good to some 20 %, for answers without reported usage. */
const CHARACTERS_PER_TOKEN = 3.5;

export function roughTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Usage of a request whose provider reported nothing (or broke off before it did). */
export function roughUsage(request: ModelRequest, answer: string): TokenUsage {
  const prompt =
    request.system.map(block => block.text).join('') +
    JSON.stringify(request.messages.map(message => message.content)) +
    (request.tools ? JSON.stringify(request.tools) : '');
  return {
    inputTokens: roughTokens(prompt),
    outputTokens: roughTokens(answer),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    estimated: true,
  };
}
