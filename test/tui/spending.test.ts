import { describe, expect, test } from 'vitest';
import type { AgentEvent, AgentEventBody, SessionContext } from '../../src/agent/events.ts';
import { blockRows } from '../../src/tui/layout/block.ts';
import { footerRows } from '../../src/tui/layout/footer.ts';
import { type Row, rowWidth, textOf } from '../../src/tui/layout/row.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import { emptyView, type View } from '../../src/tui/state/view.ts';
import { createTheme } from '../../src/tui/theme.ts';

const UNICODE = createTheme(0, 'unicode').glyphs;
const ASCII = createTheme(0, 'ascii').glyphs;
const WORDS = createTheme(0, 'words').glyphs;
const CONTEXT: SessionContext = {
  mode: 'auto',
  model: { provider: 'anthropic', id: 'claude-sonnet-4-5' },
  cluster: { source: 'live', context: 'prod-eu', server: 'https://10.0.0.1', namespace: 'shop' },
  readOnly: false,
};
const PARTS = { system: 1_000, declarations: 4_000, scripts: 500, results: 3_000, history: 1_500 };

function play(bodies: AgentEventBody[], from: View = emptyView()): View {
  return bodies.reduce<View>((view, body, index) => {
    const event: AgentEvent = { v: 1, seq: index + 1, at: 1_000 + index, ...body };
    return reduce(view, event);
  }, from);
}

function turn(number: number, wantsMore: boolean, estimated = false): AgentEventBody[] {
  const usage = {
    inputTokens: 2_000,
    outputTokens: 300,
    cacheReadTokens: 8_000,
    cacheWriteTokens: 0,
    estimated,
  };
  const script = wantsMore ? 'return 1' : undefined;
  const text = wantsMore ? '' : 'Done.';
  return [
    { type: 'turn-started', turn: number, mode: 'code' },
    { type: 'turn-finished', turn: number, text, script, usage, parts: PARTS, durationMs: 1_500 },
  ];
}

function session(estimated = false): View {
  const started = {
    type: 'call-started',
    turn: 1,
    name: 'k8s.logs',
    args: {},
    effect: 'read',
    line: 1,
  } as const;
  const done = { type: 'call-finished', ok: true, bytes: 9, durationMs: 1, summary: '' } as const;
  return play([
    { type: 'session-started', session: 's', version: '1', resumed: false, context: CONTEXT },
    { type: 'question', text: 'why?' },
    { type: 'tools-baseline', system: 1_000, declarations: 5_000, question: 60 },
    { type: 'mode-chosen', mode: 'code', reason: 'many pods' },
    ...turn(1, true, estimated),
    { type: 'script-started', turn: 1 },
    ...Array.from({ length: 20 }, (_, index): AgentEventBody[] => [
      { ...started, call: index, step: 1 + Math.floor(index / 10) },
      { ...done, call: index, asTool: { call: 40, result: 5_000, pages: 1 } },
    ]).flat(),
    ...turn(2, false, estimated),
  ]);
}

const footer = (view: View, width: number, glyphs = UNICODE) =>
  footerRows({ view, context: CONTEXT, elapsedMs: 12_000, keys: 'esc stop' }, width, 24, glyphs);
const line = (rows: readonly Row[]) => textOf(rows[0]!).replaceAll(/\s+/gu, ' ').trim();

describe('the footer', () => {
  test('has mode, tokens, cost and the factor, and gives way on narrow screens', () => {
    const view = session();
    expect(line(footer(view, 119))).toMatch(
      /^auto→code · claude-sonnet-4-5 · prod-eu · ns shop turn 2 · 20\.0k↑ 600↓ · \$0\.026 · \d+\.\d× less than tools · 12 s$/u,
    );
    expect(line(footer(view, 79))).toMatch(
      /^auto→code · sonnet-4-5 · prod-eu · ns shop 20\.0k↑ 600↓ · \$0\.03 · \d+\.\d× less$/u,
    );
    expect(line(footer(view, 39))).toContain('prod-eu · ns shop');
    for (const width of [119, 79, 60, 39, 20]) {
      for (const row of footer(view, width)) expect(rowWidth(row)).toBeLessThanOrEqual(width);
    }
  });

  test('counts while the answer streams, and marks what is estimated', () => {
    const delta = 'word '.repeat(80);
    const view = play(
      [
        { type: 'turn-started', turn: 3, mode: 'code' },
        { type: 'text-delta', turn: 3, delta },
      ],
      session(),
    );
    expect(line(footer(view, 119))).toContain('20.0k↑ ~700↓');
    expect(line(footer(session(true), 119))).toContain('~20.0k↑ ~600↓');
    const after = play(turn(3, false), view);
    expect(line(footer(after, 119))).toContain('30.0k↑ 900↓');
  });

  test('warns from 80 % of a budget on', () => {
    const spending = (view: View) =>
      footer(view, 119)[0]!
        .filter(part => /↑|\$|budget/u.test(part.text))
        .map(part => [part.text, part.style]);
    expect(spending(session()).map(([, style]) => style)).toEqual(['dim', 'dim']);
    const warned = play(
      [{ type: 'budget', level: 'warning', scope: 'perDay', text: '84 % is used.' }],
      session(),
    );
    expect(spending(warned)).toEqual([
      ['20.0k↑ 600↓', 'warn'],
      ['$0.026', 'warn'],
      ['budget low', 'warn'],
    ]);
    const next: AgentEventBody = { type: 'question', text: 'and now?' };
    expect(spending(play([next], warned))).toHaveLength(3);
    const over = play(
      [{ type: 'budget', level: 'exceeded', scope: 'perInvestigation', text: 'All is used.' }],
      warned,
    );
    expect(spending(over).at(-1)).toEqual(['budget used up', 'bad']);
    expect(spending(play([next], over))).toHaveLength(2);
    const unknown = play([{ type: 'budget', level: 'warning', text: 'The price is unknown.' }], session());
    expect(spending(unknown)).toHaveLength(2);
  });
});

describe('/tokens', () => {
  const rowsOf = (view: View, width: number, glyphs = UNICODE) =>
    blockRows(
      { key: 1, done: true, kind: 'tokens', spent: view.spent },
      { width, glyphs, live: false, expanded: false, canExpand: true },
    );
  const text = (view: View, width: number, glyphs = UNICODE) =>
    rowsOf(view, width, glyphs).map(textOf).join('\n');

  test('compares, takes the input apart, and lists the turns', () => {
    const shown = text(session(), 79);
    expect(shown).toMatch(/^ {2}code +20\.6k █+.? +\$0\.026 +$/mu);
    expect(shown).toMatch(/^ {2}tools +~\d+k █+ +~\$\d\.\d+ +\d+\.\d×$/mu);
    expect(shown).toMatch(/one call at a time: ~1\.\dM \(\d+\.\d×\)/u);
    expect(shown).toMatch(/with caching: \$0\.026 here, tools ~\$/u);
    expect(shown).toMatch(/without caching: tools ~\$/u);
    expect(shown).toMatch(/█ system 2\.0k 10 % +▓ declarations 8\.0k 40 % +▒ scripts and calls 1\.0k 5 %/u);
    expect(shown).toMatch(
      /turn +mode +input +cached +output +cost +time\n +1 +code +10\.0k +8\.0k +300 +\$0\.013 +1\.5 s/u,
    );
    expect(shown).toMatch(/total +20\.0k +16\.0k +600 +\$0\.026 +3\.0 s/u);
    expect(shown).toMatch(/~ estimated by kv: what tools mode would have used/u);
    expect(shown).not.toContain('did not report');
  });

  test('the stacked bar is as long as its whole, and tells the parts apart without colour', () => {
    const bar = text(session(), 79)
      .split('\n')
      .find(row => row.includes('▓▓'))!
      .trim();
    expect(bar).toMatch(/^█{8}▓{30,31}▒{4}░{22,23}▚{11,12}$/u);
    expect(bar).toHaveLength(76);
  });

  test('says what was estimated', () => {
    const shown = text(session(true), 79);
    expect(shown).toMatch(/code +~20\.6k/u);
    expect(shown).toMatch(/estimated by kv: tokens that the provider did not report, and what tools/u);
  });

  test.each([119, 79, 39])('fits into %i columns', width => {
    for (const glyphs of [UNICODE, ASCII]) {
      for (const row of rowsOf(session(), width, glyphs))
        expect(rowWidth(row), textOf(row)).toBeLessThanOrEqual(width);
    }
    expect(text(session(), width, ASCII)).toMatch(/^[\x20-\x7e\n]*$/u);
    expect(text(session(), width)).toMatch(/turn .*input .*output/u);
  });

  test('is figures alone for ears', () => {
    const shown = text(session(), 79, WORDS);
    expect(shown).not.toMatch(/[#=█]{2}| {12}\S/u);
    expect(shown).toMatch(/tools +~\d+k +~\$/u);
  });

  test('says that there is nothing to compare with where no call was made', () => {
    const quiet = play([{ type: 'question', text: 'hi' }, ...turn(1, false)]);
    expect(text(quiet, 79)).toContain('no calls were made');
    expect(text(emptyView(), 79)).toContain('nothing was asked');
  });
});
