import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { KvError } from '../../shared/errors.ts';

/** The file that a shell would run for this word. Rejects with a KvError where there is none. */
export async function programPath(word: string, path: string): Promise<string> {
  const candidates = word.includes('/')
    ? [resolve(word)]
    : path.split(delimiter).map(folder => join(folder, word));
  for (const file of candidates) if (await isProgram(file)) return file;
  throw new KvError('usage', `There is no program ${word} to start.`, {
    hint: 'Write the command after --, as in kv trace --cuda -- python train.py.',
  });
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
