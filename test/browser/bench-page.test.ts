import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { htmlReport } from '../../src/bench/index.ts';
import { sampleReport } from '../bench-runner/sample-report.ts';
import { type Visit, visit } from './chromium.ts';

/**
 * Writes into the page what only a browser knows: how wide things came out. The report itself forbids scripts, so
 * the copy that is measured allows this one.
 */
const PROBE = `<script>
const rect = element => element.getBoundingClientRect();
const overflowing = [...document.querySelectorAll('body *')].filter(element =>
  rect(element).right > innerWidth + 1 && !element.closest('.scroll') && !element.closest('svg'));
const bars = [...document.querySelectorAll('.bar')].map(bar => ({
  chart: bar.closest('.bars').id,
  group: bar.closest('.group').querySelector('h3').textContent,
  name: bar.closest('.row').querySelector('.name').textContent,
  value: Number(bar.dataset.value),
  left: rect(bar).left - rect(bar.parentElement).left,
  width: rect(bar).width,
  plot: rect(bar.parentElement).width,
  colour: getComputedStyle(bar).backgroundColor,
}));
const found = { page: document.documentElement.scrollWidth, window: innerWidth, requests: performance.getEntriesByType('resource').map(entry => entry.name), bars, overflowing: overflowing.map(element => element.outerHTML.slice(0, 80)) };
top.document.documentElement.setAttribute('data-found', encodeURIComponent(JSON.stringify(found)));
</script>`;

interface Found {
  page: number;
  window: number;
  /** Everything that the page asked for, found or not. */
  requests: string[];
  overflowing: string[];
  bars: Array<{
    chart: string;
    group: string;
    name: string;
    value: number;
    left: number;
    width: number;
    plot: number;
    colour: string;
  }>;
}

describe('the report page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kv-bench-page-'));
  const plain = join(folder, 'plain.html');
  const probed = join(folder, 'probed.html');
  const report = sampleReport();

  beforeAll(() => {
    const page = htmlReport(report);
    writeFileSync(plain, page);
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/;
    expect(page).toMatch(policy);
    writeFileSync(probed, page.replace(policy, '').replace('</body>', `${PROBE}</body>`));
  });

  const foundIn = (seen: Visit): Found => {
    const text = /data-found="([^"]*)"/.exec(seen.dom)?.[1];
    if (text === undefined) throw new Error(`the probe did not run: ${seen.console}`);
    return JSON.parse(decodeURIComponent(text)) as Found;
  };

  it('asks for nothing from outside and writes no error', async () => {
    const seen = await visit(plain, { width: 1200, screenshot: join(folder, 'page.png') });
    expect(seen.console).toBe('');
    expect(seen.dom).toContain('<title>kv bench, 2026-11-21</title>');
    expect(foundIn(await visit(probed, { width: 1200 })).requests).toEqual([]);
  });

  it('would be caught asking', async () => {
    const asking = join(folder, 'asking.html');
    const page = readFileSync(probed, 'utf8');
    const script = PROBE.replace('<script>', '<script>onload = () => {').replace('</script>', '}</script>');
    writeFileSync(
      asking,
      page.replace(PROBE, `<img src="http://127.0.0.1:9/x.png"><script>nothing()</script>${script}`),
    );
    const seen = await visit(asking, { width: 1200 });
    expect(foundIn(seen).requests).toEqual(['http://127.0.0.1:9/x.png']);
    expect(seen.console).toContain('nothing is not defined');
  });

  it('has a bar for every figure, as long as the figure says', async () => {
    const { bars } = foundIn(await visit(probed, { width: 1200 }));
    const tokens = bars.filter(bar => bar.chart === 'tokens');
    expect(tokens.map(({ group, name, value }) => [group, name, value])).toEqual(
      report.scenarios.flatMap(({ id, cells }) => cells.map(cell => [id, cell.column, cell.input.median])),
    );
    const factors = bars.filter(bar => bar.chart === 'factors');
    expect(factors.map(({ group, name, value }) => [group, name, value])).toEqual([
      ['first', 'tools', 4],
      ['first', 'tools-sequential', 10],
      ['second', 'tools-sequential', 50],
    ]);
    for (const bar of bars) {
      expect(bar.width, bar.name).toBeGreaterThan(1);
      expect(bar.left + bar.width).toBeLessThanOrEqual(bar.plot + 1);
    }
    // On a logarithmic axis ten times as much is always the same distance.
    const end = (value: number) => {
      const bar = tokens.find(item => item.value === value)!;
      return bar.left + bar.width;
    };
    expect(end(100_000) - end(10_000)).toBeCloseTo(end(10_000) - end(1_000), 0);
    expect(new Set(tokens.map(bar => bar.colour)).size).toBe(3);
  });

  it.each([
    [400, false],
    [400, true],
    [1100, true],
  ])('fits a width of %i pixels (dark: %s)', async (width, dark) => {
    // Chromium's own window is never narrower than 500 pixels; a frame is.
    const framed = join(folder, `framed-${width}.html`);
    const page = readFileSync(probed, 'utf8').replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    writeFileSync(
      framed,
      `<!doctype html><iframe srcdoc="${page}" style="width:${width}px;height:900px;border:0">`,
    );
    const found = foundIn(await visit(framed, { width: 1200, dark }));
    expect(found.window).toBe(width);
    expect(found.overflowing).toEqual([]);
    expect(found.page).toBeLessThanOrEqual(width);
  });
});
