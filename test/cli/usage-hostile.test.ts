import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { usageFigures } from '../../src/cli/usage-figures.ts';
import { usageText } from '../../src/cli/usage-text.ts';
import type { SpendAccount, SpendEntry } from '../../src/sessions/index.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const NAMES = [
  'evil\u001b[2J\u001b]0;title\u0007\u202emodel\nall  9',
  '模型'.repeat(60),
  '👩‍👩‍👧‍👦'.repeat(40),
  'x'.repeat(5_000),
];

const account = (entries: SpendEntry[]): SpendAccount => ({
  add: () => {},
  totals: () => [],
  claim: () => false,
  entries: () => entries,
});
const entry = (model: string, costUsd: number | null): SpendEntry => ({
  at: NOW,
  session: 'one',
  turn: 1,
  provider: 'ollama',
  model,
  mode: 'code',
  input: 100,
  output: 2,
  cacheRead: 0,
  cacheWrite: 0,
  estimated: false,
  costUsd,
});

describe('kv usage with names that somebody made up', () => {
  it.each([100, 80, 40])('stays within %i columns and sends nothing to the terminal but text', columns => {
    const entries = NAMES.flatMap(name => [entry(name, null), entry(name, 1e300)]);
    const figures = usageFigures(account(entries), {}, { days: 2, now: NOW });
    const text = usageText(figures, { columns, unicode: true });
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text.split('\n').filter(line => /^all /.test(line))).toHaveLength(3);
  });
});
