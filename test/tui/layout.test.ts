import { describe, expect, test } from 'vitest';
import { keyArguments } from '../../src/shared/call-arguments.ts';
import { blockRows } from '../../src/tui/layout/block.ts';
import { callRows } from '../../src/tui/layout/calls.ts';
import { highlight } from '../../src/tui/layout/highlight.ts';
import { fitJson, outlineJson } from '../../src/tui/layout/json.ts';
import { cutText, rowWidth, textOf } from '../../src/tui/layout/row.ts';
import { wrapText } from '../../src/tui/layout/wrap.ts';
import type { Block } from '../../src/tui/state/view.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { REPORT, SCRIPT } from './fixtures/scenes.ts';

const { glyphs } = createTheme(0, 'unicode');

describe('rows', () => {
  test.each([120, 80, 40, 24])('no block is ever wider than %i columns', width => {
    const blocks: Block[] = [
      { key: 1, done: true, kind: 'question', text: '왜 체크아웃 파드가 계속 재시작되나요 '.repeat(9) },
      { key: 2, done: true, kind: 'script', turn: 1, code: SCRIPT, discarded: false, repairs: [] },
      { key: 3, done: true, kind: 'report', report: REPORT },
      {
        key: 4,
        done: true,
        kind: 'text',
        turn: 1,
        text: `# Title\n- ${'word '.repeat(40)}\n${'x'.repeat(300)}`,
      },
      { key: 5, done: true, kind: 'notice', level: 'warning', text: '한국어'.repeat(50) },
      {
        key: 6,
        done: true,
        kind: 'finished',
        status: 'limit',
        message: 'The limit of 10 turns was reached.',
        hint: 'Raise it with --max-turns.',
        turns: 10,
        calls: 4,
        durationMs: 3_000,
      },
    ];
    for (const block of blocks) {
      for (const row of blockRows(block, { width, glyphs, live: false, expanded: false, canExpand: true })) {
        expect(rowWidth(row), textOf(row)).toBeLessThanOrEqual(width);
      }
    }
  });

  test('wrapping loses nothing but blanks, and hangs what follows', () => {
    const text = 'Der Container startet nicht, weil das Geheimnis fehlt: 비밀이 없습니다.';
    const rows = wrapText(text, 20).map(textOf);
    expect(rows.join(' ').replaceAll(/\s+/gu, ' ')).toBe(text);
    expect(wrapText('x'.repeat(45), 20).map(textOf)).toEqual(['x'.repeat(20), 'x'.repeat(20), 'x'.repeat(5)]);
  });

  test('a wide character is not cut in half', () => {
    expect(cutText('한국어 텍스트', 6)).toBe('한국…');
    expect(cutText('👩‍👩‍👧‍👦family', 4)).toBe('👩‍👩‍👧‍👦f…');
  });
});

describe('code', () => {
  test('highlighting keeps every character and every line', () => {
    expect(highlight(SCRIPT).map(textOf).join('\n')).toBe(SCRIPT);
    const half = SCRIPT.slice(0, 137);
    expect(highlight(half).map(textOf).join('\n')).toBe(half);
  });

  test('tells keywords, strings, comments and calls apart', () => {
    const [row] = highlight("const a = await k8s.list('x'); // all");
    const styles = Object.fromEntries(row!.map(part => [part.text.trim(), part.style]));
    expect(styles).toMatchObject({
      const: 'keyword',
      await: 'keyword',
      list: 'call',
      "'x'": 'string',
      '// all': 'comment',
    });
  });
});

describe('values in few words', () => {
  test.each([
    [{ kind: 'Pod', namespace: 'shop', labelSelector: 'app=a' }, 'Pod -n shop labelSelector=app=a'],
    [{ kind: 'Pod', namespace: 'shop', name: 'a-1' }, 'Pod shop/a-1'],
    [
      { namespace: 'shop', pod: 'a-1', container: 'app', previous: true, tailLines: 20 },
      'shop/a-1 app previous tailLines=20',
    ],
    [{ kind: 'Pod', namespace: '*' }, 'Pod all namespaces'],
    [
      { kind: 'Deployment', name: 'a', patch: { spec: { replicas: 3 } } },
      'Deployment a patch={spec={replicas=3}}',
    ],
    ['plain', 'plain'],
    [undefined, ''],
  ])('%j is "%s"', (args, text) => {
    expect(keyArguments(args)).toBe(text);
  });

  test('values take as few lines as fit', () => {
    const value = {
      pods: [
        { name: 'a', restarts: 4 },
        { name: 'b', restarts: 0 },
      ],
      'total-count': 2,
    };
    expect(fitJson(value, 100)).toHaveLength(1);
    const lines = fitJson(value, 40);
    expect(lines).toEqual([
      '{',
      '  pods: [',
      '    { name: "a", restarts: 4 },',
      '    { name: "b", restarts: 0 }',
      '  ],',
      '  "total-count": 2',
      '}',
    ]);
  });

  test('a long value is outlined by its entries, with the lengths of its lists', () => {
    const pods = Array.from({ length: 34 }, (_, index) => ({ name: `web-${index}` }));
    expect(outlineJson({ pods, total: 34 })).toEqual([
      '{',
      expect.stringMatching(/^ {2}pods: \(34\) \[\{ name: "web-0" \}/u),
      '  total: 34,',
      '}',
    ]);
  });
});

describe('calls', () => {
  test.each([79, 60, 39])('the time of a call with long arguments stays whole in %i columns', width => {
    const sample = {
      call: 1,
      args: { kind: 'Service', namespace: 'storefront', name: 'frontend', patch: 'x'.repeat(80) },
      state: 'failed' as const,
      bytes: 0,
      durationMs: 5_812,
      summary: '',
      error: undefined,
      cached: false,
    };
    const group = {
      name: 'k8s.patch',
      line: 1,
      effect: 'write' as const,
      total: 1,
      ok: 0,
      failed: 1,
      cached: 0,
      bytes: 0,
    };
    const run = {
      ...group,
      startedAt: 0,
      endedAt: 5_812,
      progress: undefined,
      samples: [sample],
      failures: [],
    };
    const [row] = callRows([run], { width, glyphs, live: false, expanded: false, canExpand: true });
    expect(textOf(row!)).toMatch(/ 5\.8 s$/u);
    expect(rowWidth(row!)).toBeLessThanOrEqual(width);
  });
});
