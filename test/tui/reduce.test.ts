import { describe, expect, test } from 'vitest';
import type { AgentEvent, AgentEventBody } from '../../src/agent/events.ts';
import type { ApprovalDecision } from '../../src/policy/types.ts';
import { approvalLayout, changeRows } from '../../src/tui/layout/approval.ts';
import { rowWidth, textOf } from '../../src/tui/layout/row.ts';
import { DENIED_WITHOUT_REASON, openCard } from '../../src/tui/shell/approval-card.ts';
import { nowText } from '../../src/tui/state/now.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import { emptyView, type RunBlock, type View } from '../../src/tui/state/view.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { APPROVAL } from './fixtures/scenes.ts';

const USAGE = {
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 100,
  cacheWriteTokens: 0,
  estimated: false,
};

function play(bodies: AgentEventBody[], from: View = emptyView()): View {
  return bodies.reduce<View>((view, body, index) => {
    const event: AgentEvent = { v: 1, seq: index + 1, at: 1_000 + index, ...body };
    return reduce(view, event);
  }, from);
}

function kinds(view: View): string[] {
  return view.blocks.map(block => `${block.kind}${block.done ? '' : '…'}`);
}

function runOf(view: View): RunBlock {
  return view.blocks.findLast(block => block.kind === 'run') as RunBlock;
}

const started = (call: number, line: number, name = 'k8s.logs'): AgentEventBody => ({
  type: 'call-started',
  turn: 1,
  call,
  name,
  args: { pod: `p${call}` },
  effect: 'read',
  line,
});
const finished = (call: number, ok = true): AgentEventBody => ({
  type: 'call-finished',
  call,
  ok,
  bytes: 100,
  durationMs: 5,
  summary: '',
  error: ok ? undefined : 'no such container',
});

describe('a turn', () => {
  test('words and script stream into blocks of their own, in order, and close when the turn does', () => {
    const streaming = play([
      { type: 'question', text: 'why?' },
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'text-delta', turn: 1, delta: 'I ' },
      { type: 'text-delta', turn: 1, delta: 'look.' },
      { type: 'script-delta', turn: 1, delta: 'const a' },
    ]);
    expect(kinds(streaming)).toEqual(['question', 'text', 'script…']);
    expect(nowText(streaming, '×')).toBe('the model is writing a script');
    const done = play(
      [{ type: 'turn-finished', turn: 1, text: 'I look.', script: 'const a', usage: USAGE, durationMs: 1 }],
      streaming,
    );
    expect(kinds(done)).toEqual(['question', 'text', 'script…']);
    expect(nowText(done, '×')).toBe('checking the script');
    const checked = play([{ type: 'script-checked', turn: 1, ok: true, message: '', durationMs: 1 }], done);
    expect(kinds(checked)).toEqual(['question', 'text', 'script']);
    expect(done.spent.usage.meter.totals.cacheRead).toBe(100);
  });

  test('a model that does not stream shows the same', () => {
    const view = play([
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'turn-finished', turn: 1, text: 'I look.', script: 'x', usage: USAGE, durationMs: 1 },
    ]);
    expect(kinds(view)).toEqual(['text', 'script…']);
  });

  test('a script whose stream broke off is marked as not run', () => {
    const view = play([
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'script-delta', turn: 1, delta: 'const a' },
      { type: 'turn-finished', turn: 1, text: '', usage: USAGE, durationMs: 1 },
    ]);
    expect(view.blocks).toMatchObject([{ kind: 'script', discarded: true, done: true }]);
  });

  test('an answer that was streamed is not said twice', () => {
    const view = play([
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'text-delta', turn: 1, delta: 'All is well.' },
      { type: 'turn-finished', turn: 1, text: 'All is well.', usage: USAGE, durationMs: 1 },
      { type: 'answer', text: 'All is well.' },
    ]);
    expect(kinds(view)).toEqual(['text']);
  });
});

describe('calls', () => {
  test('of one name from one line are one group', () => {
    const view = play([
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'script-started', turn: 1 },
      ...Array.from({ length: 34 }, (_, index) => started(index + 1, 4)),
      started(35, 9, 'k8s.get'),
      ...Array.from({ length: 31 }, (_, index) => finished(index + 1)),
      finished(32, false),
    ]);
    expect(runOf(view).groups).toMatchObject([
      { name: 'k8s.logs', total: 34, ok: 31, failed: 1, bytes: 3_200 },
      { name: 'k8s.get', total: 1 },
    ]);
    expect(runOf(view).groups[0]!.failures).toMatchObject([{ error: 'no such container' }]);
    expect(nowText(view, '×')).toBe('running k8s.get ×3');
  });

  test('that were under way when the question was stopped do not stay running', () => {
    const view = play([
      { type: 'turn-started', turn: 1, mode: 'code' },
      { type: 'script-started', turn: 1 },
      started(1, 1),
      { type: 'finished', status: 'cancelled', turns: 1, calls: 1, durationMs: 9 },
    ]);
    expect(view.blocks.every(block => block.done)).toBe(true);
    expect(runOf(view).groups[0]!.samples[0]).toMatchObject({ state: 'failed', error: 'stopped' });
    expect(nowText(view, '×')).toBeUndefined();
  });

  test('10,000 console lines keep the first and the last hundred', () => {
    const view = play([
      { type: 'script-started', turn: 1 },
      ...Array.from(
        { length: 10_000 },
        (_, i): AgentEventBody => ({ type: 'console', turn: 1, level: 'log', text: `${i}` }),
      ),
    ]);
    const { count, head, tail } = runOf(view).console;
    expect([count, head.length, tail.at(-1)?.text]).toEqual([10_000, 100, '9999']);
    expect(tail.length).toBeLessThanOrEqual(200);
  });
});

describe('approvals', () => {
  test('wait, then leave a line that says what became of each change', () => {
    const waiting = play([
      { type: 'script-started', turn: 1 },
      { type: 'approval-requested', turn: 1, approval: APPROVAL },
    ]);
    expect(nowText(waiting, '×')).toBe('waiting for you: patch Deployment shop/checkout');
    const denied = play(
      [
        {
          type: 'approval-decided',
          turn: 1,
          id: 'a1',
          decision: { outcome: 'deny', reason: 'too much' },
          by: 'person',
        },
      ],
      waiting,
    );
    expect(denied.approvals).toEqual([]);
    expect(runOf(denied).changes).toEqual([
      { outcome: 'denied', text: 'patch Deployment shop/checkout: too much' },
    ]);
  });
});

describe('what became of a change', () => {
  const wanted: AgentEventBody = { type: 'approval-requested', turn: 1, approval: APPROVAL };
  const started: AgentEventBody = { type: 'script-started', turn: 1 };
  const decided = (decision: ApprovalDecision, by: 'person' | 'grant'): AgentEventBody => ({
    type: 'approval-decided',
    turn: 1,
    id: APPROVAL.id,
    decision,
    by,
  });

  test('one that was allowed and sent is one line', () => {
    const applied: AgentEventBody = { type: 'change-applied', turn: 1, change: APPROVAL.changes[0]! };
    const view = play([started, wanted, decided({ outcome: 'allow' }, 'grant'), applied]);
    expect(runOf(view).changes).toEqual([
      { outcome: 'applied', text: 'patch Deployment shop/checkout: by grant' },
    ]);
  });

  test('a denial without a reason does not make one up', () => {
    const denial = decided({ outcome: 'deny', reason: DENIED_WITHOUT_REASON }, 'person');
    expect(runOf(play([started, wanted, denial])).changes).toEqual([
      { outcome: 'denied', text: 'patch Deployment shop/checkout' },
    ]);
  });
});

describe('a card of several changes', () => {
  const [change] = APPROVAL.changes;
  const request = { id: 'a', changes: ['web', 'db'].map(name => ({ ...change!, name })) };
  const { glyphs } = createTheme(0, 'unicode');

  test('names all of them first; the difference comes before the request', () => {
    const rows = changeRows(request, 70, glyphs).map(textOf);
    expect(rows.slice(0, 4)).toEqual([
      '1. patch Deployment shop/web',
      '2. patch Deployment shop/db',
      '',
      '1. patch Deployment shop/web',
    ]);
    const difference = rows.findIndex(row => row.startsWith('@@'));
    expect(difference).toBeLessThan(rows.findIndex(row => row.startsWith('PATCH ')));
  });

  test.each([
    [37, 8],
    [77, 18],
  ])('fits into %i columns and %i rows with at least two rows of what would change', (width, maxRows) => {
    const { rows } = approvalLayout(request, openCard(request), { width, maxRows, glyphs });
    expect(rows.length).toBeLessThanOrEqual(maxRows);
    for (const row of rows) expect(rowWidth(row)).toBeLessThanOrEqual(width);
    expect(rows.slice(1, 3).map(textOf).join('')).toMatch(/1\. patch.*2\. patch/u);
  });
});
