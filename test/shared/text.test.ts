import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/shared/nearest.ts';
import { cleanText, formatBytes, formatDuration, oneLine } from '../../src/shared/text.ts';

describe('cleanText', () => {
  it('removes what could steer a terminal', () => {
    expect(cleanText('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0000y')).toBe('red xy');
    expect(cleanText('pay\u202egnp.exe')).toBe('paygnp.exe');
    expect(cleanText('a\r\nb\rc\td')).toBe('a\nb\nc\td');
  });

  it('keeps other scripts', () => {
    expect(cleanText('파드가 왜 죽나요? ✓')).toBe('파드가 왜 죽나요? ✓');
  });
});

describe('formats', () => {
  it.each([
    [999, '999 B'],
    [1_500, '1.5 KB'],
    [28_000_000, '28 MB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [420, '420 ms'],
    [3_240, '3.2 s'],
    [125_000, '2m05s'],
    [11_220_000, '3h07m'],
  ])('%i ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('puts text on one line', () => {
    expect(oneLine('a\n  b   c', 10)).toBe('a b c');
    expect(oneLine('abcdef', 4)).toBe('abc…');
  });
});

describe('nearest', () => {
  it('finds typos, transpositions and parts', () => {
    expect(nearest('chekcout', ['catalog', 'checkout', 'cart'])).toEqual(['checkout']);
    expect(nearest('checkout', ['checkout-worker', 'web'])).toEqual(['checkout-worker']);
    expect(nearest('zzz', ['checkout'])).toEqual([]);
  });
});
