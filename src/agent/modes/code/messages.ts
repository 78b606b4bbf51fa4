import type { ModelMessage } from '../../../llm/port.ts';
import type { ConsoleLine, ScriptError } from '../../../sandbox/port.ts';
import { type Cut, capText } from '../../../shared/truncate.ts';

/** Characters of a script's result that reach the model; about 4,000 tokens of compact JSON. */
export const RESULT_CHARACTERS = 12_000;
/** Characters of console output that reach the model. */
export const CONSOLE_CHARACTERS = 2_000;

export interface ScriptMessage {
  /** Capped JSON text; absent when the script returned nothing. */
  result?: string;
  cuts: Cut[];
  error?: ScriptError;
  console: ConsoleLine[];
  unawaited: string[];
  denied: string[];
}

/** What the model reads after its script has run. The offline model and resumed sessions read the same words. */
export function scriptMessage(outcome: ScriptMessage): ModelMessage {
  const parts: string[] = [];
  if (outcome.error) parts.push(`Your script failed:\n${errorText(outcome.error)}`);
  else if (outcome.result === undefined) {
    const printed = outcome.console.length > 0;
    parts.push(
      printed
        ? 'Your script returned nothing; what it printed follows. `return` is better: results are kept whole.'
        : 'Your script returned nothing. End it with `return` and the facts you need.',
    );
  } else parts.push(`Result of your script:\n\`\`\`json\n${outcome.result}\n\`\`\``);
  if (outcome.cuts.length > 0) parts.push(cutText(outcome.cuts));
  if (outcome.console.length > 0) parts.push(consoleText(outcome.console));
  if (outcome.denied.length > 0) parts.push(`Denied: ${outcome.denied.join('; ')}`);
  if (outcome.unawaited.length > 0) {
    parts.push(`Not awaited, so their results were lost: ${outcome.unawaited.slice(0, 5).join(', ')}.`);
  }
  return result(parts.join('\n\n'));
}

export function checkMessage(message: string): ModelMessage {
  return result(`Your script does not type-check; nothing was run:\n${message}`);
}

export function cutOffMessage(): ModelMessage {
  return user(
    'Your answer was cut off in the middle of the script; nothing was run. Write a shorter script.',
  );
}

export function emptyMessage(): ModelMessage {
  return user('Your answer was empty. Write one ```ts script, or the REPORT if you know the cause.');
}

function result(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text, kind: 'result' }] };
}

const FINISHED = 'Your script ended the investigation with:\n';

/** What the conversation keeps of a script that ended the investigation. */
export function finishedMessage(words: string): ModelMessage {
  return user(FINISHED + words);
}

/** The closing words in such a message. */
export function finishedWords(text: string): string | undefined {
  return text.startsWith(FINISHED) ? text.slice(FINISHED.length) : undefined;
}

export function noToolMessage(): ModelMessage {
  return user(
    'There is no such tool here. Write ONE TypeScript script: capabilities are its global functions.',
  );
}

function user(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function errorText(error: ScriptError): string {
  const where = error.line ? ` (line ${error.line}${error.column ? `, column ${error.column}` : ''})` : '';
  const head = `${error.name}${where}: ${error.message}`;
  return error.frame ? `${head}\n${error.frame}` : head;
}

function cutText(cuts: Cut[]): string {
  const shown = cuts.slice(0, 4).map(cut => `${cut.path} (${cut.kept} of ${cut.total} ${cut.unit} shown)`);
  const more = cuts.length > 4 ? ` and ${cuts.length - 4} more` : '';
  return `Cut to fit: ${shown.join(', ')}${more}. Filter, slice or select fields in the script to see the rest.`;
}

function consoleText(lines: ConsoleLine[]): string {
  const text = lines
    .map(line => (line.level === 'log' ? line.text : `${line.level}: ${line.text}`))
    .join('\n');
  return `Console:\n${capText(text, CONSOLE_CHARACTERS)}`;
}
