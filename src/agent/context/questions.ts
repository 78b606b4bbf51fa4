import type { ContentPart, ModelMessage } from '../../llm/port.ts';

/** One part of the conversation with who said it. */
export interface Said {
  role: ModelMessage['role'];
  part: ContentPart;
}

/** One question of the conversation, in order: what was asked, the work on it, the closing words. */
export interface AskedQuestion {
  /** The question, and what was sent along with it. */
  asked: Said[];
  /** Scripts, tool calls, and what came of them. */
  work: Said[];
  /** The last words of the model; they may still hold a script when the question was stopped. */
  closing: Said[];
}

/** The conversation by questions. Words before the first question belong to a question of their own. */
export function questionsOf(history: readonly ModelMessage[]): AskedQuestion[] {
  const questions: Said[][] = [];
  for (const { role, content } of history) {
    for (const part of content) {
      if (questions.length === 0 || isQuestion(role, part)) questions.push([]);
      questions.at(-1)!.push({ role, part });
    }
  }
  return questions.map(parted);
}

/** Puts the conversation together again, in place; neighbours of one role become one message. */
export function rejoin(history: ModelMessage[], questions: readonly AskedQuestion[]): void {
  history.length = 0;
  for (const { role, part } of questions.flatMap(({ asked, work, closing }) => [
    ...asked,
    ...work,
    ...closing,
  ])) {
    const last = history.at(-1);
    if (last?.role === role) last.content.push(part);
    else history.push({ role, content: [part] });
  }
}

/** `questionMessage` and resumed sessions begin every question with this word; results never do. */
function isQuestion(role: Said['role'], part: ContentPart): boolean {
  return role === 'user' && part.type === 'text' && part.text.startsWith('Question: ');
}

function parted(all: Said[]): AskedQuestion {
  const firstWork = all.findIndex(item => item.role === 'assistant');
  if (firstWork < 0) return { asked: all, work: [], closing: [] };
  const lastUser = all.findLastIndex(item => item.role === 'user');
  const closingFrom = Math.max(firstWork, lastUser + 1);
  return {
    asked: all.slice(0, firstWork),
    work: all.slice(firstWork, closingFrom),
    closing: all.slice(closingFrom),
  };
}
