import { describe, expect, it } from 'vitest';
import { htmlReport, markdownReport, textReport } from '../../src/bench/index.ts';
import { sampleReport } from './sample-report.ts';

describe('the report', () => {
  it('compares modes by what they read, and leaves wrong answers out', () => {
    const { scenarios, overall } = sampleReport();
    expect(scenarios[0]!.factors[0]).toMatchObject({
      batched: 4,
      sequential: 10,
      predictedBatched: 1.1,
      predictedSequential: 0.9,
    });
    expect(scenarios[1]!.factors[0]).toMatchObject({ batched: undefined, sequential: 50 });
    expect(overall.factors[0]).toMatchObject({ batched: 4, sequential: 30 });
    // Once 10 % too few, once 91 %: half of that in the middle, not the mean of quotients.
    expect(overall.factors[0]!.predictedSequential).toBeCloseTo(1.505);
    expect(markdownReport(sampleReport())).toMatch(/\| median \|.*\| ±10% \| ±5[01]% \|/);
    expect(overall.columns.map(column => `${column.correct}/${column.runs}`)).toEqual(['2/2', '1/2', '2/2']);
  });

  it('is a Markdown table with its command, whose cells cannot break it', () => {
    const text = markdownReport(sampleReport());
    expect(text).toContain('| first | 1,000 | 4,000 | 10,000 | 4.0× | 10× | +10% | −10% |');
    expect(text).toContain('| second | 2,000 | 1,000 ✗ 0/1 right | 100,000 | – | 50× |');
    expect(text).toContain("Measured with `kv bench '<x>'`");
    const rows = text.split('\n').filter(line => line.startsWith('| '));
    const widths = rows.map(row => row.replaceAll('\\|', '').split('|').length);
    expect(new Set(widths).size).toBe(2);
  });

  it('is aligned text', () => {
    expect(textReport(sampleReport())).toMatch(/^first +1,000 +4,000 +10,000 +4\.0× +10× +\+10% +−10%$/m);
  });

  it('is a page in which nothing from a scenario or a model is markup', () => {
    const page = htmlReport(sampleReport());
    expect(page).not.toMatch(/<script|<img|<b>bold/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<[^>]*\b(?:src|href)=/);
  });
});
