import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { LiveTrace } from '../../src/trace/recorder/recording.ts';
import { rowWidth, textOf } from '../../src/tui/layout/row.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { traceRows } from '../../src/tui/trace/rows.ts';
import { EMPTY_TRACE_VIEW, pressKey, type TraceView } from '../../src/tui/trace/state.ts';
import { Terminal, type TerminalOptions } from '../helpers/terminal.ts';
import { liveTrace } from './fixtures/live-trace.ts';

const HOOK = fileURLToPath(new URL('../helpers/register-tsx.mjs', import.meta.url));
const LIVE = fileURLToPath(new URL('./fixtures/live-view.ts', import.meta.url));
const TARGET = { what: 'process 4242 and its children', path: '/tmp/kv-trace-gpu-7.db' };
const { glyphs } = createTheme(0, 'unicode');

const viewOf = (now: LiveTrace | undefined): TraceView => ({ ...EMPTY_TRACE_VIEW, now });

function rowsOf(view: TraceView, columns = 80, rows = 24, signs = glyphs) {
  return traceRows(view, TARGET, { size: { columns, rows }, glyphs: signs });
}

const textIn = (view: TraceView, columns?: number, rows?: number) =>
  rowsOf(view, columns, rows).map(textOf).join('\n');

/** The functions in the order of the screen. */
const order = (view: TraceView) =>
  [...textIn(view, 120, 40).matchAll(/^ {2}(cuda\w+)/gmu)].map(match => match[1]);

describe('the live view', () => {
  test('shows calls, processes, GPUs, chains, and what recording costs', () => {
    const text = textIn(viewOf(liveTrace()));
    expect(text).toMatch(/^ {2}recording {2}1m05s {2}process 4242 and its children$/mu);
    expect(text).toMatch(/^ {2}\/tmp\/kv-trace-gpu-7\.db +12 MB$/mu);
    expect(text).toMatch(/^ {2}function +calls +total +p50 +p95 +p99 +max calls\/s$/mu);
    expect(text).toMatch(
      /^ {2}cudaStreamSynchronize +12\.3k +8\.2 s +990 µs +4\.95 ms +9\.9 ms +41 ms +[▁-█ ]+$/mu,
    );
    expect(text).toMatch(/^ {2}python +4242 +1\.2k +12 % {2}ml\/train-0$/mu);
    expect(text).toMatch(/GPU 0 NVIDIA H200 {3}87 % {2}71 GB of 150 GB/u);
    expect(text).toMatch(/› 26 cudaStreamSynchronize calls of python took 604 ms in all/u);
    expect(text).toContain('12,345 calls/s · 1,200 rows/s · lost 0 · kv 3.1 % of a CPU · probes 0.4 %');
  });

  test.each([
    [120, 40],
    [80, 24],
    [60, 16],
    [40, 12],
    [24, 8],
  ])('fits into %i columns and %i rows, whatever there is to show', (columns, rows) => {
    const busy = liveTrace({
      functions: Array.from({ length: 60 }, () => liveTrace().functions[2]!),
      processes: Array.from({ length: 30 }, () => liveTrace().processes[0]!),
      gpus: Array.from({ length: 8 }, () => liveTrace().gpus[0]!),
      chains: Array.from({ length: 6 }, () => liveTrace().chains[0]!),
      notes: ['The disk is full, so nothing more was written.'],
    });
    for (const view of [viewOf(busy), viewOf(undefined), { ...viewOf(busy), help: true }]) {
      const shown = rowsOf(view, columns, rows);
      expect(shown.length).toBeLessThan(rows);
      for (const row of shown) expect(rowWidth(row), textOf(row)).toBeLessThan(columns);
      expect(textOf(shown.at(-1)!)).toMatch(/q end|any key/u);
    }
  });

  test('is plain where the terminal has no Unicode', () => {
    const ascii = rowsOf(viewOf(liveTrace()), 80, 24, createTheme(0, 'ascii').glyphs);
    const text = ascii.map(textOf).join('\n');
    expect(text).not.toMatch(/[▁-█·›]/u);
    expect(text).toMatch(/cudaStreamSynchronize +12\.3k +8\.2 s +990 us/u);
  });

  test('waits in so many words until a process loads CUDA', () => {
    const text = textIn(viewOf(liveTrace({ state: 'waiting', functions: [], processes: [], chains: [] })));
    expect(text).toContain('Waiting for a process that loads CUDA.');
    expect(text).toContain('Watched: process 4242 and its children.');
  });

  test('makes losses stand out', () => {
    const row = rowsOf(viewOf(liveTrace({ dropped: [{ place: 'calls', count: 1_234 }] }))).at(-2)!;
    expect(row.find(span => span.text === 'lost 1,234')?.style).toBe('bad');
    expect(
      rowsOf(viewOf(liveTrace()))
        .at(-2)!
        .find(span => span.text === 'lost 0')?.style,
    ).toBeUndefined();
  });

  test('s orders by total, calls, p99 and longest call', () => {
    let view = viewOf(liveTrace());
    expect(order(view).slice(0, 2)).toEqual(['cudaStreamSynchronize', 'cudaMemcpyAsync']);
    view = pressKey(view, 's');
    expect(order(view).slice(0, 2)).toEqual(['cudaLaunchKernel', 'cudaMemcpyAsync']);
    view = pressKey(view, 's');
    expect(order(view).slice(0, 2)).toEqual(['cudaMalloc', 'cudaStreamSynchronize']);
    view = pressKey(view, 's');
    expect(order(view).slice(0, 2)).toEqual(['cudaMemcpyAsync', 'cudaMalloc']);
    expect(pressKey(view, 's').sort).toBe('total');
  });

  test('p holds what is shown while time goes on', () => {
    const held = pressKey(viewOf(liveTrace()), 'p');
    const later = { ...held, now: liveTrace({ elapsedMs: 90_000, callsPerSecond: 1 }) };
    const text = textIn(later);
    expect(text).toContain('display held');
    expect(text).toContain('1m30s');
    expect(text).toContain('12,345 calls/s');
    expect(textIn(pressKey(later, 'p'))).toContain('1 calls/s');
  });
});

describe('the live view in a terminal', () => {
  const start = (options: TerminalOptions) =>
    Terminal.start(process.execPath, ['--import', HOOK, LIVE], options);

  test.each([
    [80, 24],
    [120, 40],
  ])('follows at %i by %i, gives help, and leaves the screen to the summary', async (columns, rows) => {
    await using terminal = start({ columns, rows });
    const screen = await terminal.waitFor('q end');
    expect(screen).toContain('cudaStreamSynchronize');
    expect(screen).toContain('12,345 calls/s');
    terminal.type('?');
    await terminal.waitFor('this help; any key closes it');
    terminal.type('x');
    await terminal.waitFor('order: total');
    terminal.type('s');
    await terminal.waitFor('order: calls');
    terminal.type('q');
    expect(await terminal.exited).toMatchObject({ code: 0 });
    expect(terminal.history()).toMatch(/^\s*the summary$/u);
  });

  test('follows the window when its size changes', async () => {
    await using terminal = start({ columns: 120, rows: 40 });
    await terminal.waitFor('q end');
    terminal.resize(60, 16);
    await terminal.waitFor(screen => screen.split('\n').length < 16 && screen.includes('q end'));
    terminal.press('ctrl+c');
    expect(await terminal.exited).toMatchObject({ code: 0 });
  });

  test('has no colour where none is wanted', async () => {
    await using terminal = start({ env: { NO_COLOR: '1' } });
    await terminal.waitFor('q end');
    expect(terminal.raw.replaceAll('\u001b[0m', '')).not.toMatch(/\u001b\[[\d;]*m/u);
    terminal.type('q');
    await terminal.exited;
  });

  test('is lines where the terminal cannot move its cursor', async () => {
    await using terminal = start({ env: { TERM: 'dumb' } });
    const text = await terminal.waitForHistory('26 cudaStreamSynchronize calls');
    expect(text).toContain(
      'Recording process 4242 and its children into /tmp/kv-trace-gpu-7.db; Ctrl+C ends it.',
    );
    expect(text).toMatch(/1m05s: 12,345 calls\/s, most time in cudaStreamSynchronize \(p50 990 µs/u);
    terminal.press('ctrl+c');
    expect(await terminal.exited).toMatchObject({ code: 0 });
  });
});
