import type { ModelMessage } from '../port.ts';

/** What came back from one script. */
export type Outcome = { ok: true; value: unknown } | { ok: false; message: string };

export interface Conversation {
  /** The question that is being worked on, without its facts. */
  question: string;
  /** Questions before it in the same session, oldest first. */
  earlier: string[];
  /** The session's default namespace. */
  namespace: string;
  /** A GPU trace is open, and whether a cluster is beside it. */
  trace?: 'alone' | 'beside a cluster';
  /** Results of the scripts written for this question, in order. */
  outcomes: Outcome[];
}

const FAILED = /^(?:Your script (?:failed|does not type-check|returned nothing)|Your answer was)/;

/** Finds the last question in the messages and what its scripts have returned since. */
export function readConversation(messages: ModelMessage[]): Conversation {
  const conversation: Conversation = { question: '', earlier: [], namespace: 'default', outcomes: [] };
  for (const message of messages) {
    if (message.role !== 'user') continue;
    for (const text of texts(message)) {
      if (/^Question:/.test(text)) {
        if (conversation.question) conversation.earlier.push(conversation.question);
        conversation.question = questionOf(text);
        conversation.namespace = /^Namespace: (\S+)$/m.exec(text)?.[1] ?? conversation.namespace;
        if (/^GPU trace: /m.test(text))
          conversation.trace = /^Cluster: /m.test(text) ? 'beside a cluster' : 'alone';
        conversation.outcomes = [];
      } else if (text.includes('Result of your script:')) {
        conversation.outcomes.push(resultOf(text));
      } else if (FAILED.test(text)) {
        conversation.outcomes.push({ ok: false, message: text });
      } else if (!conversation.question) {
        conversation.question = text.trim();
      }
    }
  }
  return conversation;
}

function texts(message: ModelMessage): string[] {
  return message.content.flatMap(part => (part.type === 'text' ? [part.text] : []));
}

function questionOf(text: string): string {
  const body = text.slice('Question:'.length);
  const facts = body.search(/\n(?:Namespace|Cluster|GPU trace|Time): /);
  return (facts < 0 ? body : body.slice(0, facts)).trim();
}

function resultOf(text: string): Outcome {
  const start = text.indexOf('```json\n');
  const end = text.lastIndexOf('\n```');
  if (start < 0 || end <= start) return { ok: false, message: text };
  try {
    return { ok: true, value: JSON.parse(text.slice(start + 8, end)) };
  } catch {
    return { ok: false, message: 'the result could not be read' };
  }
}
