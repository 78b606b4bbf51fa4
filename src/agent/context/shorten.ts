import type { ContentPart } from '../../llm/port.ts';
import { isRecord } from '../../shared/json.ts';
import { capText } from '../../shared/truncate.ts';

/** Characters that stay of a condensed result. */
const RESULT = 400;
/** Lines that stay of a condensed script; shorter ones stay whole. */
const SCRIPT_LINES = 4;
/** Characters that stay of long words around a script, or without one. */
const WORDS = 400;
const FENCED = /```[\w+-]*\n([\s\S]*?)\n?```/g;

/** What a result says once it was condensed; undefined where that would save nothing worth the words. */
export function shortResult(part: ContentPart, turn: number | undefined): ContentPart | undefined {
  if (part.type === 'tool-call' || part.text.length < RESULT * 2) return undefined;
  return cutPart(part, RESULT, turn);
}

/** An answer of the model, its script cut to its first lines and long words to both ends; undefined where nothing is saved. */
export function shortScript(part: ContentPart): ContentPart | undefined {
  if (part.type === 'tool-call') {
    if (!isRecord(part.input) || typeof part.input.code !== 'string') return undefined;
    const code = firstLines(part.input.code);
    return code === undefined ? undefined : { ...part, input: { ...part.input, code } };
  }
  const text = part.text.replace(FENCED, (whole, code: string) => {
    const short = firstLines(code);
    return short === undefined ? whole : `\`\`\`ts\n${short}\n\`\`\``;
  });
  const short = text.length < WORDS * 2 ? text : capText(text, WORDS);
  return short.length < part.text.length ? { ...part, text: short } : undefined;
}

function firstLines(code: string): string | undefined {
  const lines = code.split('\n');
  const rest = lines.length - SCRIPT_LINES;
  if (rest < SCRIPT_LINES) return undefined;
  return `${lines.slice(0, SCRIPT_LINES).join('\n')}\n// … ${rest} more lines`;
}

/** The words of an answer, without its scripts. */
export function wordsOf(part: ContentPart): string {
  return part.type === 'text' ? part.text.replace(FENCED, '').trim() : '';
}

/** Both ends of a part, and for the result of a turn how to get it back; tool calls are never cut. */
export function cutPart(part: ContentPart, characters: number, turn?: number): ContentPart {
  if (part.type === 'tool-call') return part;
  const note = turn === undefined ? '' : `\n[Shortened. state.result({ turn: ${turn} }) returns it whole.]`;
  const text = part.text.endsWith(note) ? part.text.slice(0, part.text.length - note.length) : part.text;
  return { ...part, text: capText(text, characters) + note };
}
