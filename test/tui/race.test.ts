import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { rowWidth, textOf } from '../../src/tui/layout/row.ts';
import { finishedRaceRow, raceRows } from '../../src/tui/race/rows.ts';
import { emptyRace, type RaceView, reduceRace, tokensOf } from '../../src/tui/race/state.ts';
import type { RaceUpdate } from '../../src/tui/race/types.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { Terminal, type TerminalOptions } from '../helpers/terminal.ts';
import { raceUpdates } from './fixtures/race-updates.ts';

const { glyphs } = createTheme(0, 'unicode');
const HOOK = fileURLToPath(new URL('../helpers/register-tsx.mjs', import.meta.url));
const RACE = fileURLToPath(new URL('./fixtures/race.ts', import.meta.url));

/** The race up to the first update that `isEnough`; the made-up time passes at once. */
async function raceUntil(
  isEnough: (update: RaceUpdate) => boolean,
): Promise<{ view: RaceView; now: number }> {
  let now = 1_000_000;
  let view = emptyRace();
  const pause = async (ms: number) => {
    now += ms;
  };
  for await (const update of raceUpdates(pause, () => now)) {
    view = reduceRace(view, update);
    if (isEnough(update)) break;
  }
  return { view, now };
}

const isDone = (column: string) => (update: RaceUpdate) =>
  update.type === 'column-done' && update.column === column;

async function screenOf(isEnough: (update: RaceUpdate) => boolean, columns: number, rows: number) {
  const { view, now } = await raceUntil(isEnough);
  const race = view.current!;
  const shown = Object.fromEntries(race.lanes.map(lane => [lane.id, tokensOf(lane)]));
  return raceRows(race, { size: { columns, rows }, glyphs, now, spinner: '⠋', shown });
}

describe('the race screen', () => {
  test('shows the columns side by side while they work', async () => {
    const isEnough = (update: RaceUpdate) =>
      update.type === 'event' && update.event.type === 'call-started' && update.event.call === 20;
    const text = (await screenOf(isEnough, 80, 24)).map(textOf).join('\n');
    expect(text).toContain('oom-killed-fleet  1 of 2');
    expect(text).toMatch(/^ {2}code +│ tools$/mu);
    expect(text).toMatch(/^ {2}┗━╸╻╺┻╸┗━┛┗━┛ tokens +│ ╺┻╸ {2}╹╻┗━╸┗━┛┗━┛ tokens$/mu);
    expect(text).toMatch(/^ {2}█+.? +│ █{36}$/mu);
    expect(text).toMatch(/1 turn · 20 calls · 2 s +│ 2 turns · 2 calls · 2 s/u);
    expect(text).toMatch(/⠋ running k8s\.logs ×\d+ +│ ⠋ /u);
    expect(text).toMatch(/› script, 8 lines/u);
    expect(text).toMatch(/✓ k8s\.logs ×\d+/u);
    expect(text).toContain('esc stop');
  });

  test('says what each found, and the factor once all are done', async () => {
    const halfway = (await screenOf(isDone('code'), 80, 24)).map(textOf).join('\n');
    expect(halfway).toMatch(/✓ memory limit of 128Mi/u);
    expect(halfway).not.toContain('less than tools');
    const end = (await screenOf(isDone('tools'), 80, 24)).map(textOf).join('\n');
    expect(end).toContain('16.5× less than tools');
  });

  test.each([
    [120, 40],
    [80, 24],
    [60, 24],
    [44, 24],
    [40, 16],
    [24, 10],
  ])('fits into %i columns and %i rows', async (columns, rows) => {
    for (const isEnough of [isDone('code'), isDone('tools')]) {
      const shown = await screenOf(isEnough, columns, rows);
      expect(shown.length).toBeLessThan(rows);
      for (const row of shown) expect(rowWidth(row), textOf(row)).toBeLessThan(columns);
    }
  });

  test('below 60 columns they stand below each other', async () => {
    const text = (await screenOf(isDone('code'), 44, 24)).map(textOf).join('\n');
    expect(text).toMatch(/code +5,110 tokens\n[\s\S]*tools +\d\d,\d{3} tokens\n/u);
  });

  test('what has streamed counts before the provider has said so', async () => {
    const isEnough = (update: RaceUpdate) =>
      update.type === 'event' && update.event.type === 'script-delta' && update.event.at >= 1_001_600;
    const { view } = await raceUntil(isEnough);
    const [code] = view.current!.lanes;
    expect(code!.tokens).toBe(0);
    expect(tokensOf(code!)).toBeGreaterThan(100);
  });

  test('a finished scenario is one row', async () => {
    const { view } = await raceUntil(update => update.type === 'results');
    const rows = view.finished.map(race => textOf(finishedRaceRow(race, 80, glyphs)).trim());
    expect(rows).toEqual([
      expect.stringMatching(/^oom-killed-fleet +✓ code +5\.1k +16\.5× {2}✓ tools +84\.2k$/u),
      expect.stringMatching(/^missing-secret +✓ code +5\.1k +16\.5× {2}✗ tools +84\.2k$/u),
    ]);
  });
});

function startRace(options: TerminalOptions & { race?: object } = {}): Terminal {
  const { race = {}, ...terminal } = options;
  const env = { KV_OPTIONS: JSON.stringify(race), KV_PACE: '0.05', ...terminal.env };
  return Terminal.start(process.execPath, ['--import', HOOK, RACE], { ...terminal, env });
}

describe('a race in a terminal', () => {
  test('leaves a line for each scenario and the table, and nothing else', async () => {
    await using terminal = startRace();
    await terminal.waitFor(screen => screen.includes('2 of 2') && screen.includes('oom-killed-fleet'));
    const { code } = await terminal.exited;
    expect(code).toBe(0);
    const lines = terminal
      .history()
      .split('\n')
      .map(text => text.trim())
      .filter(Boolean);
    expect(lines).toEqual([
      expect.stringContaining('oom-killed-fleet'),
      expect.stringContaining('missing-secret'),
      'scenario          code  tools  factor',
      'oom-killed-fleet  5.1k  83.7k     16×',
      'missing-secret    5.1k  83.7k     16×',
      'median            5.1k  83.7k     16×',
      'Tokens are what the provider reported.',
      '{"stopped":false}',
    ]);
  });

  test.each(['escape', 'ctrl+c'] as const)('%s stops it', async key => {
    await using terminal = startRace({ env: { KV_PACE: '5' } });
    await terminal.waitFor('asking the model');
    terminal.press(key);
    await terminal.exited;
    expect(terminal.history()).toContain('{"stopped":true}');
    expect(terminal.history()).not.toContain('asking the model');
    expect(terminal.raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.raw.lastIndexOf('\u001b[?25l'));
  });

  test('a resize leaves one frame', async () => {
    await using terminal = startRace({
      columns: 100,
      rows: 30,
      env: { KV_PACE: '5' },
      race: { noAnimation: true },
    });
    await terminal.waitFor('asking the model');
    terminal.resize(50, 30);
    await terminal.waitFor(screen => !/│ tools/u.test(screen) && screen.includes('esc stop'));
    expect(terminal.history().match(/1 of 2/gu)).toHaveLength(1);
  });

  test('for a screen reader it is lines, each said once', async () => {
    await using terminal = startRace({ columns: 120, rows: 40, race: { screenReader: true } });
    await terminal.exited;
    const history = terminal.history();
    expect(history).toMatch(/1 of 2: oom-killed-fleet/u);
    expect(history).toMatch(/ok code: 5\.1k tokens, 2 turns, 35 calls, .*: memory limit/u);
    expect(history).toMatch(/failed tools: 84\.2k tokens/u);
    expect(history.match(/code: 16\.5x less than tools/gu)).toHaveLength(2);
    expect(terminal.raw).not.toMatch(/[│█]|\u001b\[\d*A/u);
  });
});
