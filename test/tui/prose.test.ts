import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandLines, stepOf } from '../../src/tui/layout/command.ts';
import { proseRows } from '../../src/tui/layout/prose.ts';
import { reportRows } from '../../src/tui/layout/report.ts';
import { rowWidth, textOf } from '../../src/tui/layout/row.ts';
import { wrapRow } from '../../src/tui/layout/wrap.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { REPORT } from './fixtures/scenes.ts';

const { glyphs } = createTheme(0, 'unicode');
const lines = (text: string, columns = 60) => proseRows(text, columns).map(textOf);

describe("a model's words", () => {
  test('fenced code stands without its fences, set in, with its own indentation', () => {
    expect(lines('Set it:\n```yaml\nenv:\n- name: A\n  value: "1"\n```\nDone.')).toEqual([
      'Set it:',
      '  env:',
      '  - name: A',
      '    value: "1"',
      'Done.',
    ]);
  });

  test('a fence that is still streaming in is code already', () => {
    expect(lines('```sh\nkubectl get po')).toEqual(['  kubectl get po']);
  });

  test('tables are aligned, numbers to the right', () => {
    expect(lines('| Pod | Restarts |\n|-----|---:|\n| web-1 | 9 |\n| **db** | 12 |')).toEqual([
      'Pod    Restarts',
      'web-1         9',
      'db           12',
    ]);
  });

  test('a table that does not fit becomes a list', () => {
    const text =
      '| Pod | What it says |\n|---|---|\n| checkout-9db494857-rvbxz | CrashLoopBackOff again and again |';
    expect(lines(text, 24)[0]).toBe('Pod: checkout-9db494857-');
    for (const row of proseRows(text, 24)) expect(rowWidth(row)).toBeLessThanOrEqual(24);
  });

  test('quotes, rules, links and marks are rendered, and stray signs left alone', () => {
    expect(lines('> it *never* ran\n---\nsee [docs](https://k8s.io) for `a*b*c` and 2 * 3 * 4', 80)).toEqual([
      '> it never ran',
      '',
      'see docs (https://k8s.io) for a*b*c and 2 * 3 * 4',
    ]);
  });

  test('a word in several styles is not torn apart', () => {
    const row = [
      { text: 'evidence: ' },
      { text: 'evidence.' },
      { text: 'slice', style: 'call' as const },
      { text: '(0, 5)' },
    ];
    expect(wrapRow(row, 22).map(textOf)).toEqual(['evidence: ', 'evidence.slice(0, 5)']);
  });
});

describe('commands in a report', () => {
  const PATCH =
    'kubectl -n storefront patch deployment frontend --type merge -p ' +
    `'{"spec":{"template":{"metadata":{"labels":{"version":"v2","tier":"a, b: c","app.kubernetes.io/name":"x"}}}}}'`;

  test.each([72, 50, 34])('copied from %i columns they are still the same command', columns => {
    const wrapped = commandLines(PATCH, columns);
    expect(wrapped.length).toBeGreaterThan(1);
    for (const line of wrapped) expect(line.length).toBeLessThanOrEqual(columns);
    const words = (command: string) =>
      execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
        .split('\0')
        .slice(0, -1);
    const [copied, original] = [words(wrapped.map(line => `     ${line}`).join('\n')), words(PATCH)];
    expect(copied.slice(0, -1)).toEqual(original.slice(0, -1));
    expect(JSON.parse(copied.at(-1)!)).toEqual(JSON.parse(original.at(-1)!));
  });

  test.each([
    ['kubectl get pods', { words: '', command: 'kubectl get pods', comment: '' }],
    [
      'or give it a label: kubectl label pod a b=c',
      { words: 'or give it a label:', command: 'kubectl label pod a b=c', comment: '' },
    ],
    ['`helm rollback web 3`', { words: '', command: 'helm rollback web 3', comment: '' }],
    [
      'kubectl edit deploy/a # ask for less',
      { words: '', command: 'kubectl edit deploy/a', comment: 'ask for less' },
    ],
  ])('%s', (step, expected) => {
    expect(stepOf(step)).toEqual(expected);
  });

  test.each(['kubectl get nodes shows none, so add one.', 'Push the image, or correct its name.'])(
    'words stay words: %s',
    step => expect(stepOf(step)).toEqual({ words: step, command: '', comment: '' }),
  );

  test('what to do stands last, without the bar of the card', () => {
    const report = { ...REPORT, remediation: [PATCH], ruledOut: ['Scheduling'] };
    const rows = reportRows(report, { width: 80, glyphs, live: false, expanded: false, canExpand: true }).map(
      textOf,
    );
    const at = rows.findIndex(row => row.includes('What to do'));
    expect(rows.findIndex(row => row.includes('Scheduling'))).toBeLessThan(at);
    expect(rows.slice(at).join('')).not.toContain(glyphs.bar);
    expect(rows[at + 1]).toMatch(/^ {2}1\. kubectl .*\\$/u);
  });
});
