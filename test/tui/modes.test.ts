import { describe, expect, test } from 'vitest';
import type { AgentEvent, AgentEventBody } from '../../src/agent/events.ts';
import { blockRows, isBlockCut } from '../../src/tui/layout/block.ts';
import { comparedRows } from '../../src/tui/layout/compared.ts';
import { textOf } from '../../src/tui/layout/row.ts';
import { nowText } from '../../src/tui/state/now.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import { emptyView, type View } from '../../src/tui/state/view.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { REPORT } from './fixtures/scenes.ts';

const { glyphs } = createTheme(0, 'unicode');
const USAGE = {
  inputTokens: 4_000,
  outputTokens: 100,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  estimated: false,
};

function play(bodies: AgentEventBody[], from: View = emptyView()): View {
  return bodies.reduce<View>((view, body, index) => {
    const event: AgentEvent = { v: 1, seq: index + 1, at: 1_000 + index, ...body };
    return reduce(view, event);
  }, from);
}

function shown(view: View, { expanded = false, width = 79 } = {}): string {
  const context = { width, glyphs, live: false, expanded, canExpand: true };
  return view.blocks
    .flatMap(block => blockRows(block, context))
    .map(textOf)
    .join('\n');
}

const question: AgentEventBody = { type: 'question', text: 'why?' };

function call(id: number, line: number, rest: { ok?: boolean; cached?: boolean; result?: number } = {}) {
  const { ok = true, cached, result = 9_000 } = rest;
  const args = { namespace: 'shop', pod: `web-${id}` };
  return [
    { type: 'call-started', turn: 1, call: id, name: 'k8s.logs', args, effect: 'read', line, step: 1 },
    {
      type: 'call-finished',
      call: id,
      ok,
      bytes: 900,
      durationMs: 20,
      summary: '12 lines',
      error: ok ? undefined : 'pod not found',
      cached,
      asTool: { call: 40, result, pages: 1 },
    },
  ] satisfies AgentEventBody[];
}

function scripted(result: string): AgentEventBody[] {
  return [
    question,
    { type: 'tools-baseline', system: 500, declarations: 5_000, question: 50 },
    { type: 'turn-started', turn: 1, mode: 'code' },
    { type: 'turn-finished', turn: 1, text: '', script: 'return 1', usage: USAGE, durationMs: 1 },
    { type: 'script-checked', turn: 1, ok: true, message: '', durationMs: 1 },
    { type: 'script-started', turn: 1 },
    ...call(1, 1),
    { type: 'script-finished', turn: 1, ok: true, result, calls: 1, cpuMs: 1, durationMs: 1 },
  ];
}

const finished: AgentEventBody = { type: 'finished', status: 'answered', turns: 1, calls: 1, durationMs: 9 };

describe('a turn in tools mode', () => {
  const asked: AgentEventBody[] = [
    question,
    { type: 'turn-started', turn: 1, mode: 'tools' },
    {
      type: 'turn-finished',
      turn: 1,
      text: 'I read the logs.',
      toolCalls: [
        { id: 'a', name: 'k8s__logs', input: { namespace: 'shop', pod: 'web-1' } },
        { id: 'b', name: 'k8s__logs', input: { namespace: 'shop', pod: 'web-2' } },
      ],
      usage: USAGE,
      durationMs: 1,
    },
  ];

  test('is a block of calls, and what the model read of them can be seen in full', () => {
    const running = play(asked);
    expect(nowText(running, '×')).toBe('making the calls');
    const long = Array.from({ length: 9 }, (_, index) => `log line ${index + 1}`).join('\n');
    const view = play(
      [
        ...call(1, 0),
        ...call(2, 0),
        {
          type: 'tools-answered',
          turn: 1,
          results: [
            { id: 'a', text: long, isError: false },
            { id: 'b', text: '[{"line":"ready"}]', isError: false },
          ],
        },
      ],
      running,
    );
    expect(view.blocks.every(block => block.done)).toBe(true);
    const short = shown(view);
    expect(short).toMatch(
      /✓ k8s\.logs {2}shop\/web-1 +12 lines +900 B +20 ms\n.*✓ k8s\.logs {2}shop\/web-2/u,
    );
    expect(short).toContain('└ k8s.logs shop/web-1: log line 1\n    k8s.logs shop/web-2: [{"line":"ready"}]');
    expect(short).toContain('(ctrl+o to expand)');
    expect(short).not.toContain('log line 9');
    expect(
      isBlockCut(view.blocks.at(-1)!, { width: 79, glyphs, live: false, expanded: false, canExpand: true }),
    ).toBe(true);
    expect(shown(view, { expanded: true })).toContain('log line 9');
  });

  test('a call that failed says so once; an answer without a call says it all by itself', () => {
    const results = [
      { id: 'a', text: 'pod not found', isError: true },
      { id: 'b', text: 'ready', isError: false },
    ];
    const failed = play([
      ...asked,
      ...call(1, 0, { ok: false }),
      ...call(2, 0),
      { type: 'tools-answered', turn: 1, results },
    ]);
    expect(shown(failed).match(/pod not found/gu)).toHaveLength(1);
    const unknown = play([...asked, { type: 'tools-answered', turn: 1, results: results.slice(0, 1) }]);
    expect(shown(unknown)).toContain('└ pod not found');
  });
});

describe('the choice of auto', () => {
  const chosen = (mode: 'code' | 'tools'): AgentEventBody => ({
    type: 'mode-chosen',
    mode,
    reason: 'so it is',
  });

  test('is said for tools, not for code', () => {
    expect(shown(play([question, chosen('code')]))).not.toContain('so it is');
    expect(shown(play([question, chosen('tools')]))).toContain('· auto works in tools mode: so it is');
  });

  test('is said when it changes in the middle', () => {
    const started: AgentEventBody = { type: 'turn-started', turn: 1, mode: 'tools' };
    expect(shown(play([question, chosen('tools'), started, chosen('code')]))).toContain(
      '· auto goes on in code mode: so it is',
    );
  });
});

describe('a script', () => {
  test('that was mended is shown as it ran, with each repair below', () => {
    const view = play([
      question,
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'script-delta', turn: 1, delta: 'return k8s.pods("shop")' },
      {
        type: 'turn-finished',
        turn: 1,
        text: '',
        script: 'return k8s.pods("shop")',
        usage: USAGE,
        durationMs: 1,
      },
      {
        type: 'script-repaired',
        turn: 1,
        repairs: ['the namespace is a parameter'],
        script: 'return k8s.pods({})',
      },
      { type: 'script-checked', turn: 1, ok: true, message: '', durationMs: 1 },
    ]);
    expect(shown(view)).toContain(' 1 │ return k8s.pods({})\n  · mended: the namespace is a parameter');
    expect(shown(view)).not.toContain('pods("shop")');
  });

  test('that closes the question does not show its result and the answer', () => {
    const text = 'All 34 pods are out of memory.';
    const view = play([...scripted(JSON.stringify(text)), { type: 'answer', text }, finished]);
    expect(shown(view).split(text)).toHaveLength(2);
  });

  test('whose result is the report does not show it twice', () => {
    const result = JSON.stringify(`REPORT\nRoot cause: ${REPORT.rootCause}`);
    const view = play([...scripted(result), { type: 'report', report: REPORT }, finished]);
    expect(shown(view)).not.toContain('REPORT');
    expect(shown(view)).toContain('Root cause   high confidence');
  });

  test('whose result is not the answer shows both', () => {
    const view = play([...scripted('{"pods":34}'), { type: 'answer', text: 'Thirty-four.' }, finished]);
    expect(shown(view)).toContain('└ { pods: 34 }');
    expect(shown(view)).toContain('Thirty-four.');
  });

  test('calls answered from memory are marked', () => {
    const started = scripted('1').slice(0, 6);
    expect(shown(play([...started, ...call(1, 1, { cached: true })]))).toMatch(/shop\/web-1 .* cached$/mu);
    const many = Array.from({ length: 6 }, (_, index) => call(index + 1, 1, { cached: index < 2 })).flat();
    expect(shown(play([...started, ...many]))).toMatch(/k8s\.logs ×6 +6 ok {2}2 cached/u);
  });
});

describe('the end of a question', () => {
  const ended = (result: number) => {
    const events = scripted('1').filter(event => event.type !== 'call-finished');
    const [, done] = call(1, 1, { result });
    const at = events.findIndex(event => event.type === 'script-finished');
    return play([
      ...events.slice(0, at),
      done!,
      ...events.slice(at),
      { type: 'turn-started', turn: 2, mode: 'code' },
      { type: 'turn-finished', turn: 2, text: 'It is so.', usage: USAGE, durationMs: 1 },
      { type: 'answer', text: 'It is so.' },
      finished,
    ]);
  };

  test('compares with tools mode in one row, in two where that is too wide', () => {
    const view = ended(90_000);
    expect(shown(view)).toMatch(/code 8\.2k █+.? {2}tools ~\d+k █+ 1\d\.\d×$/u);
    expect(shown(view, { width: 50 })).toMatch(/ code +8\.2k ▏?█*.?\n {2}tools ~\d+k █+ 1\d\.\d×$/u);
  });

  test('says so where tools mode would have been cheaper', () => {
    const compared = { label: 'code', tokens: 9_000, tools: 7_000, estimated: false };
    const context = { width: 79, glyphs, live: false, expanded: false, canExpand: true };
    expect(comparedRows(compared, context).map(textOf)).toEqual([
      expect.stringMatching(/^ {2}code 9\.0k █+ {2}tools ~7\.0k █+.? tools mode would have cost 0\.8×$/u),
    ]);
  });

  test('compares nothing where no calls were made, or in tools mode', () => {
    const idle = play([
      question,
      { type: 'tools-baseline', system: 500, declarations: 5_000, question: 50 },
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'turn-finished', turn: 1, text: 'Hello.', usage: USAGE, durationMs: 1 },
      { type: 'answer', text: 'Hello.' },
      finished,
    ]);
    expect(idle.blocks.map(block => block.kind)).not.toContain('compared');
    const tools = scripted('1').map(event =>
      event.type === 'turn-started' ? { ...event, mode: 'tools' as const } : event,
    );
    expect(play([...tools, finished]).blocks.map(block => block.kind)).not.toContain('compared');
  });

  test('a second question is compared by itself', () => {
    const first = ended(90_000);
    const second = play(
      [
        { type: 'question', text: 'and now?' },
        { type: 'tools-baseline', system: 500, declarations: 5_000, question: 50 },
        { type: 'turn-started', turn: 3, mode: 'code' },
        { type: 'turn-finished', turn: 3, text: '', script: 'return 1', usage: USAGE, durationMs: 1 },
        { type: 'script-checked', turn: 3, ok: true, message: '', durationMs: 1 },
        { type: 'script-started', turn: 3 },
        ...call(2, 1),
        finished,
      ],
      first,
    );
    expect(second.blocks.at(-1)).toMatchObject({ kind: 'compared', tokens: 4_100 });
  });
});
