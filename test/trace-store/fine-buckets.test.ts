import { expect, it } from 'vitest';
import { fineBucket, fineRange } from '../../src/trace/store/index.ts';

const values = Array.from({ length: 53 }, (_, octave) => 2 ** octave).flatMap(power =>
  [-1, 0, 1, Math.floor(power / 3), Math.floor(power * 0.7)].map(more => power + more),
);

it.each(values)('%d lies in its bucket, whose middle is within 0.1 %% of it', value => {
  const { from, to } = fineRange(fineBucket(value));
  expect(value).toBeGreaterThanOrEqual(from);
  expect(value).toBeLessThan(to);
  expect(Math.abs((from + to - 1) / 2 - value)).toBeLessThanOrEqual(value * 0.001);
});

it('leaves no gap between buckets', () => {
  for (let bucket = 0; bucket < 22_000; bucket++)
    expect(fineRange(bucket + 1).from).toBe(fineRange(bucket).to);
});
