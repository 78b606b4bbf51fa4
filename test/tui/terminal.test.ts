import { describe, expect, test } from 'vitest';
import { Terminal } from '../helpers/terminal.ts';
import { demoCommand, resultOf, startDemo } from './demo.ts';

describe('an investigation on screen', () => {
  test('shows words, code, the call tree, the result and the report, and leaves them in the scrollback', async () => {
    await using terminal = startDemo('investigate why is checkout crashing', { columns: 100, rows: 30 });
    await terminal.waitFor('answered in');
    const history = terminal.history();
    for (const wanted of [
      '❯ investigate why is checkout crashing',
      'I will look at the pods of checkout',
      "2 │ const pods = await k8s.listPods({ kind: 'Pod'",
      'the script does not type-check; nothing ran',
      '✓ k8s.list      Pod -n shop',
      '✗ k8s.logs ×34  33 ok  1 failed',
      '› 33 of 34 pods ended for want of memory',
      'Root cause   high confidence',
      '✗ Service shop/chekout  not seen in any call',
      '1. kubectl -n shop set resources',
    ]) {
      expect(history).toContain(wanted);
    }
    expect(history).toMatch(/^ {2}code 31\.9k █+.? {2}tools ~134k █{24} 4\.2×$/mu);
    expect(history.match(/Root cause/gu)).toHaveLength(1);
    expect(history.match(/I will look at the pods/gu)).toHaveLength(1);
    expect(terminal.screen()).toMatch(
      /claude-sonnet-4-5 · prod-eu · ns shop .* 31\.0k↑ 930↓ · \$0\.041 · 4\.2× less than tools/u,
    );
  });

  test('leaves by itself when asked to, with the status and the hint how to go on', async () => {
    await using terminal = startDemo('hello there', { tui: { exitWhenDone: true } });
    const { code } = await terminal.exited;
    expect(code).toBe(0);
    expect(resultOf(terminal)).toMatchObject({ exit: 'done', lastStatus: 'answered' });
    expect(terminal.history()).toContain('Go on with: kv resume k3v9-2f61');
    expect(terminal.history()).not.toContain('ctrl+c twice leave');
  });

  test('cuts a long script and shows it whole on ctrl+o', async () => {
    await using terminal = startDemo('script', { rows: 30 });
    await terminal.waitFor('All of it ran.');
    expect(terminal.history()).toContain('… 96 more lines (ctrl+o to expand)');
    expect(terminal.history()).not.toContain('100 │ const value100');
    terminal.press('ctrl+o');
    await terminal.waitForHistory('120 │ const value120');
    expect(terminal.history()).toContain('100 │ const value100');
  });
});

describe('both modes', () => {
  test('are told apart on screen, with what they cost', async () => {
    await using terminal = startDemo('both', { columns: 100, rows: 30 });
    await terminal.waitFor('answered in');
    for (const wanted of [
      '· auto works in tools mode: one look-up will do',
      '✓ k8s.list    Pod -n shop',
      '└ [{"name":"checkout-1","ready":false,"restarts":41}]',
      '· auto goes on in code mode: the logs of 34 pods are to be read',
      "· mended: k8s.pods('shop') became k8s.pods({ namespace: 'shop' })",
      '! 84 % of the daily budget is used: $4.20 of $5.00.',
    ]) {
      expect(terminal.history()).toContain(wanted);
    }
    expect(terminal.history().match(/All of 34 are killed\./gu)).toHaveLength(1);
    expect(terminal.screen()).toMatch(
      /mixed ~31\.9k █+.? {2}tools ~28\.6k █+.? tools mode would have cost 0\.9×/u,
    );
    expect(terminal.screen()).toMatch(/~31\.0k↑ ~930↓ · \$0\.04\d? · budget low/u);
    terminal.press('ctrl+o');
    await terminal.waitForHistory('10:09 log line 30');
    terminal.type('/tokens').press('enter');
    await terminal.waitFor(/turn +mode +input +cached +output +cost +time\n +1 +tools +~10\.3k/u);
  });
});

describe('Ctrl+Z', () => {
  test('gives the shell its prompt back, and fg the screen', async () => {
    const pace = { KV_PACE: '1', KV_OPTIONS: '{"noAnimation":true}', PS1: 'shell> ' };
    await using terminal = Terminal.start('bash', ['--norc', '--noprofile', '-i'], { env: pace, rows: 30 });
    await terminal.waitFor('shell>');
    terminal.type(demoCommand('endless').join(' ')).press('enter');
    await terminal.waitFor(screen => screen.includes('line 5 of') && screen.includes('esc stop'));
    terminal.press('ctrl+z');
    await terminal.waitFor(screen => /Stopped/u.test(screen) && !screen.includes('esc stop'));
    terminal.type('echo in the "shell"').press('enter');
    await terminal.waitFor('in the shell\n');
    terminal.type('fg').press('enter');
    await terminal.waitFor(
      screen => screen.includes('esc stop') && screen.includes('❯ type the next question'),
    );
    terminal.press('escape');
    await terminal.waitFor('! stopped');
    terminal.type('are you there').press('enter');
    await terminal.waitFor('You asked: are you there');
  });
});

describe('resize while words stream in', () => {
  test('120 → 40 → 80 columns leaves neither garbage nor doubled lines', async () => {
    const tui = { noAnimation: true };
    await using terminal = startDemo('stepwise', { columns: 120, rows: 40, tui });
    await terminal.waitFor(screen => screen.includes('line 10 of') && screen.includes('esc stop'));
    terminal.resize(40, 40);
    await terminal.waitFor(screen => screen.includes('type the next question while this on…'));
    terminal.kill('SIGUSR2');
    await terminal.waitFor(screen => screen.includes('line 20 of') && screen.includes('esc stop'));
    terminal.resize(80, 40);
    await terminal.waitFor('type the next question while this one runs');
    terminal.kill('SIGUSR2');
    await terminal.waitFor('line 30 of');
    terminal.kill('SIGUSR2');
    await terminal.waitFor('ask a follow-up');
    const history = terminal.history();
    const numbers = [...history.matchAll(/line (\d+) of an answer/gu)].map(match => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(history.match(/esc stop|the model is answering|earlier lines/gu)).toBeNull();
    expect(history.match(/❯ stepwise/gu)).toHaveLength(1);
    expect(history.match(/ns shop/gu)).toHaveLength(1);
  });

  test('the live part stays within 10 rows of 40 columns', async () => {
    await using terminal = startDemo('endless', { columns: 80, rows: 24 });
    await terminal.waitFor('line 5 of');
    terminal.resize(40, 10);
    const screen = await terminal.waitFor(
      text => text.split('\n').length <= 10 && text.includes('earlier lines'),
    );
    expect(screen).toContain('the model is answering');
    expect(screen).toContain('❯ ');
  });
});

describe('a flood', () => {
  test('500 calls at once stay within the screen; 10,000 console lines do not slow it down', async () => {
    await using terminal = startDemo('flood', { columns: 80, rows: 24 });
    const screen = await terminal.waitFor('running k8s.get ×500');
    expect(screen.split('\n').length).toBeLessThanOrEqual(23);
    await terminal.waitFor('Flood over.');
    expect(terminal.history()).toContain('… 9992 earlier console lines');
    // 20 frames a second: the bytes written stay far below one frame for each of the 11,000 events.
    expect(terminal.raw.length).toBeLessThan(500_000);
  });
});

describe('stopping and leaving', () => {
  test('Esc stops the question; the session goes on', async () => {
    await using terminal = startDemo('endless');
    await terminal.waitFor('line 3 of');
    terminal.press('escape');
    await terminal.waitFor('! stopped');
    terminal.type('are you there').press('enter');
    await terminal.waitFor('You asked: are you there');
  });

  test('Ctrl+C stops first, leaves the second time', async () => {
    await using terminal = startDemo('endless');
    await terminal.waitFor('line 3 of');
    terminal.press('ctrl+c');
    await terminal.waitFor(
      screen => screen.includes('! stopped') && screen.includes('press Ctrl+C again to leave'),
    );
    terminal.press('ctrl+c');
    await terminal.exited;
    expect(resultOf(terminal)).toMatchObject({ exit: 'interrupted', lastStatus: 'cancelled' });
  });

  test('Ctrl+C clears what was typed', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.type('half a question');
    await terminal.waitFor('half a question');
    terminal.press('ctrl+c');
    await terminal.waitFor(
      screen => screen.includes('press Ctrl+C again') && !screen.includes('half a question'),
    );
  });

  test.each(['/quit', ':q'])('%s leaves', async command => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.type(command).press('enter');
    await terminal.exited;
    expect(resultOf(terminal)).toMatchObject({ exit: 'quit' });
  });

  test.each([
    ['SIGTERM', 'signal', {}],
    ['a crash', 'crash', { KV_CRASH: '1' }],
  ])('the terminal is restored after %s', async (_, how, env) => {
    await using terminal = startDemo('endless', { env });
    await terminal.waitFor(screen => screen.includes('line 3 of') && terminal.raw.includes('\u001b[?2004h'));
    terminal.kill(how === 'signal' ? 'SIGTERM' : 'SIGUSR2');
    const { code } = await terminal.exited;
    expect(terminal.raw.lastIndexOf('\u001b[?2004l')).toBeGreaterThan(
      terminal.raw.lastIndexOf('\u001b[?2004h'),
    );
    expect(terminal.raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(terminal.raw.lastIndexOf('\u001b[?25l'));
    if (how === 'signal') expect(resultOf(terminal)).toMatchObject({ exit: 'interrupted' });
    else expect(code).not.toBe(0);
  });
});
