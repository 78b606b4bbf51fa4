import { KvError } from '../shared/errors.ts';
import { runFrontEnd } from './front-end.ts';
import type { SessionOptions } from './options.ts';

/** Longest question that is taken, in characters. */
const MAX_QUESTION = 200_000;

/** `kv investigate`, and `kv` alone (no question: the UI waits for one). */
export async function investigate(words: string | undefined, options: SessionOptions): Promise<void> {
  const interactive = isInteractive(options);
  const question = await questionOf(words, interactive);
  if (question === undefined && !interactive) {
    throw new KvError('usage', 'There is no question and no terminal to ask for one.', {
      hint: 'Write kv investigate "why is pod checkout crashing?".',
    });
  }
  await runFrontEnd({ options, title: question ?? '', interactive, question, stay: words === undefined });
}

/** `kv resume [id] [question]`. */
export async function resume(id: string | undefined, words: string, options: SessionOptions): Promise<void> {
  const interactive = isInteractive(options);
  const question = await questionOf(words || undefined, interactive);
  if (question === undefined && !interactive) {
    throw new KvError('usage', 'There is no question to go on with, and no terminal to ask for one.', {
      hint: 'Write kv resume <id> "and why did it start yesterday?".',
    });
  }
  await runFrontEnd({
    options,
    title: question ?? '',
    interactive,
    resume: id ?? 'latest',
    question,
    stay: true,
  });
}

/** A terminal on both ends, and no machine-readable output asked for. */
export function isInteractive(options: SessionOptions): boolean {
  return options.output === undefined && Boolean(process.stdin.isTTY && process.stdout.isTTY);
}

async function questionOf(words: string | undefined, interactive: boolean): Promise<string | undefined> {
  const text = words === '-' || (words === '' && !interactive) ? await readStandardInput() : words;
  const question = text?.trim();
  if (question === undefined) return undefined;
  if (question === '') {
    if (interactive && words === undefined) return undefined;
    throw new KvError('usage', 'The question is empty.', {
      hint: 'Write kv investigate "why is pod checkout crashing?".',
    });
  }
  if (question.length > MAX_QUESTION) {
    throw new KvError(
      'usage',
      `The question has ${question.length.toLocaleString('en')} characters; ${MAX_QUESTION.toLocaleString('en')} are allowed.`,
      {
        hint: 'Ask in a sentence; kv reads logs and manifests itself.',
      },
    );
  }
  return question;
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return text;
}
