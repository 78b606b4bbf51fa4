import { describe, expect, it } from 'vitest';
import { capText, capValue } from '../../src/shared/truncate.ts';

describe('capValue', () => {
  it('leaves a small value alone', () => {
    const value = { pods: ['a', 'b'], count: 2 };
    expect(capValue(value, 1_000)).toEqual({ value, cuts: [] });
  });

  it('keeps head, tail and a count of a long array', () => {
    const { value, cuts } = capValue({ pods: Array.from({ length: 5_000 }, (_, i) => `pod-${i}`) }, 4_000);
    const pods = (value as { pods: string[] }).pods;
    expect(pods[0]).toBe('pod-0');
    expect(pods.at(-1)).toBe('pod-4999');
    expect(pods.some(item => /of 5000 items cut/.test(item))).toBe(true);
    expect(cuts[0]).toMatchObject({ path: 'result.pods', total: 5_000, unit: 'items' });
  });

  it('keeps both ends of a long string and says how much is missing', () => {
    const text = `BEGIN${'x'.repeat(100_000)}END`;
    const { value, cuts } = capValue({ log: text }, 3_000);
    const log = (value as { log: string }).log;
    expect(log.startsWith('BEGIN')).toBe(true);
    expect(log.endsWith('END')).toBe(true);
    expect(log).toMatch(/\[\d+ characters cut\]/);
    expect(cuts[0]!.total).toBe(text.length);
  });

  it.each([200, 2_000, 12_000])('never exceeds %i characters, whatever the shape', max => {
    const shapes = [
      Array.from({ length: 300 }, (_, i) => ({
        name: `n${i}`,
        logs: Array.from({ length: 50 }, () => 'y'.repeat(80)),
      })),
      Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key${i}`, { a: 'z'.repeat(200) }])),
      'q'.repeat(1_000_000),
      Array.from({ length: 40 }).reduce<unknown>(inner => [inner, 'w'.repeat(100)], 'core'),
    ];
    for (const shape of shapes)
      expect(JSON.stringify(capValue(shape, max).value).length).toBeLessThanOrEqual(max + 40);
  });

  it('cuts the same value the same way', () => {
    const value = Array.from({ length: 400 }, (_, i) => ({ i, text: 'abc'.repeat(i) }));
    expect(capValue(value, 5_000)).toEqual(capValue(structuredClone(value), 5_000));
  });
});

describe('capText', () => {
  it('is at most as long as asked for', () => {
    expect(capText('a'.repeat(500), 100).length).toBeLessThanOrEqual(100);
    expect(capText('short', 100)).toBe('short');
  });
});
