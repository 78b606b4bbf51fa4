import { describe, expect, test } from 'vitest';
import { startDemo } from './demo.ts';

const SGR_COLOR = /\u001b\[[\d;]*m/u;

describe('terminals of every kind', () => {
  test('NO_COLOR: no SGR sequence at all', async () => {
    await using terminal = startDemo('investigate', { env: { NO_COLOR: '1' } });
    await terminal.waitFor('answered in');
    expect(terminal.raw.replaceAll('\u001b[0m', '')).not.toMatch(SGR_COLOR);
  });

  test('FORCE_COLOR wins over NO_COLOR, the flag over both', async () => {
    await using forced = startDemo('hello', { env: { NO_COLOR: '1', FORCE_COLOR: '1' } });
    await forced.waitFor('answered in');
    expect(forced.raw).toMatch(SGR_COLOR);
    await using flagged = startDemo('hello', { env: { FORCE_COLOR: '1' }, tui: { noColor: true } });
    await flagged.waitFor('answered in');
    expect(flagged.raw).not.toMatch(SGR_COLOR);
  });

  test('no animation: nothing is drawn while nothing happens, and no spinner ever', async () => {
    await using terminal = startDemo('endless', { tui: { noAnimation: true } });
    await terminal.waitFor('line 5 of');
    expect(terminal.raw).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u);
  });

  test('a locale that is not UTF-8 gets ASCII signs', async () => {
    await using terminal = startDemo('patch it', { env: { LANG: 'C', LC_ALL: 'C' } });
    await terminal.waitFor('Approve this change?');
    terminal.press('enter');
    await terminal.waitFor('answered in');
    expect(terminal.raw).toMatch(/^[\x00-\x7f]*$/u);
  });

  test('a screen reader hears every part once, as lines, and can answer an approval', async () => {
    await using terminal = startDemo('patch it', { rows: 60, tui: { screenReader: true } });
    await terminal.waitFor('Type a number and Enter; Enter alone denies.');
    terminal.type('2').press('enter');
    await terminal.waitFor('Patched.');
    terminal.type('/quit').press('enter');
    await terminal.exited;
    const history = terminal.history();
    for (const once of ['I raise the limit.', 'Approve this change?', 'ok applied patch', 'Patched.']) {
      expect(history.split(once)).toHaveLength(2);
    }
    expect(history).not.toMatch(/[│╭╰✓⠋]/u);
    expect(history).toContain('{"exit":"quit","lastStatus":"answered","decisions":[{"outcome":"allow"}]');
  });

  test('TERM=dumb is linear and never moves the cursor', async () => {
    await using terminal = startDemo('investigate', {
      rows: 60,
      env: { TERM: 'dumb' },
      tui: { exitWhenDone: true },
    });
    await terminal.exited;
    expect(terminal.raw).not.toContain('\u001b');
    expect(terminal.history()).toContain('Root cause');
    expect(terminal.history()).toContain('"exit":"done"');
  });
});
