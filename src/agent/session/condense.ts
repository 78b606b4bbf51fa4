import type { ContentPart, ModelMessage } from '../../llm/port.ts';
import { capText } from '../../shared/truncate.ts';

/** Characters a token stands for in JSON and logs; on the safe side of what was measured (2.1 to 3.0). */
const CHARACTERS_PER_TOKEN = 2.5;
/** Share of the context window that the conversation may fill before old results are condensed. */
const SHARE = 0.6;
/** The newest messages are never condensed. */
const KEEP = 6;
const CONDENSED = 400;

/**
 * Shortens old script results in place once the conversation fills too much of the model's window, oldest first.
 * Deterministic, no model asked; the words and scripts stay, and what was dropped can be fetched again.
 */
export function condenseHistory(history: ModelMessage[], contextWindow: number): number {
  const room = contextWindow * SHARE * CHARACTERS_PER_TOKEN;
  let size = history.reduce((sum, message) => sum + sizeOf(message), 0);
  let condensed = 0;
  for (const message of history.slice(0, Math.max(0, history.length - KEEP))) {
    if (size <= room) break;
    if (message.role !== 'user') continue;
    const before = sizeOf(message);
    message.content = message.content.map(shorten);
    const saved = before - sizeOf(message);
    if (saved > 0) condensed += 1;
    size -= saved;
  }
  return condensed;
}

function shorten(part: ContentPart): ContentPart {
  return part.type === 'tool-call' ? part : { ...part, text: capText(part.text, CONDENSED) };
}

function sizeOf(message: ModelMessage): number {
  return message.content.reduce(
    (sum, part) => sum + (part.type === 'tool-call' ? JSON.stringify(part.input).length : part.text.length),
    0,
  );
}
