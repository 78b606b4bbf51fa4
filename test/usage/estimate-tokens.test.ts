import { beforeAll, describe, expect, it } from 'vitest';
import { estimateTokens, loadTokenEstimator, type TokenEstimator } from '../../src/usage/index.ts';

describe('estimating tokens', () => {
  let count: TokenEstimator;
  beforeAll(async () => {
    count = await loadTokenEstimator();
  });

  it('counts as the o200k vocabulary does', async () => {
    expect(count('')).toBe(0);
    expect(count('Hello, world!')).toBe(4);
    expect(await estimateTokens('why is pod checkout crashing?')).toBe(
      count('why is pod checkout crashing?'),
    );
  });

  it('takes special tokens for plain text', () => {
    expect(count('a <|endoftext|> b')).toBeGreaterThan(3);
  });

  it('costs prose more characters a token than compact JSON', () => {
    const prose = 'The pod restarts because its database refuses the password it was given. '.repeat(20);
    const compact = JSON.stringify(
      Array.from({ length: 50 }, (_, n) => ({ name: `pod-${n}`, ready: false })),
    );
    expect(prose.length / count(prose)).toBeGreaterThan(compact.length / count(compact));
  });

  it.each([
    ['letters', 'A'],
    ['blanks', ' '],
    ['line breaks', '\n'],
    ['blank lines', ' \n'],
    ['emoji', '😀'],
    ['base64', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'],
  ])('stays linear on a long run of %s', (_, unit) => {
    const run = (length: number) => unit.repeat(Math.ceil(length / unit.length));
    const timed = (text: string) => {
      const from = performance.now();
      count(text);
      return performance.now() - from;
    };
    timed(run(25_000));
    const short = Math.max(1, timed(run(25_000)));
    // A quadratic count would take 64 times as long; 6 s where this takes milliseconds.
    expect(timed(run(200_000))).toBeLessThan(short * 40 + 200);
  });
});
