import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openPromptHistory } from '../../src/cli/prompt-history.ts';
import { freshHome, runKv } from '../helpers/kv.ts';

const SNAPSHOT = resolve('test/fixtures/small-cluster');

test('the prompt history keeps no credentials, and only its owner reads it', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kv-history-')), 'state', 'prompt-history');
  const history = openPromptHistory(file);
  await history.append('why does password=CaNaRy9xQ7zPw not work?');
  expect(readFileSync(file, 'utf8')).not.toContain('CaNaRy');
  expect(history.load()).toEqual([
    expect.stringMatching(/^why does password=‹secret:password:\d+› not work\?$/),
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
});

test('a password in the question reaches neither the output nor the session database', async () => {
  const { home, env } = freshHome();
  const run = await runKv(
    [
      'investigate',
      'is anything wrong? DB_PASSWORD=CaNaRy9xQ7zPw',
      '--snapshot',
      SNAPSHOT,
      '--output',
      'stream-json',
    ],
    env,
  );
  expect(run.code).toBe(0);
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const texts = files.map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(texts.join('\n')).toContain('is anything wrong?');
  for (const text of [run.stdout, run.stderr, ...texts]) expect(text).not.toContain('CaNaRy9');
});
