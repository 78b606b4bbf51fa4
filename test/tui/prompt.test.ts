import { describe, expect, test } from 'vitest';
import { resultOf, startDemo } from './demo.ts';

describe('the prompt', () => {
  test('edits with the usual keys', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.type('is checkout failing').press('ctrl+a').type('why ');
    await terminal.waitFor('❯ why is checkout failing');
    terminal.press('end', 'ctrl+w').type('crashing').press('ctrl+left', 'ctrl+left').type('pod ');
    await terminal.waitFor('❯ why is pod checkout crashing');
    terminal.press('ctrl+k', 'ctrl+u', 'ctrl+y');
    await terminal.waitFor(screen => screen.includes('❯ why is pod') && !screen.includes('crashing'));
  });

  test('takes Korean, and puts the cursor behind its two columns a letter', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.type('왜 죽나요👍🏽');
    await terminal.waitFor('❯ 왜 죽나요👍🏽');
    await terminal.waitFor(() => terminal.cursor().x === 2 + 2 + 1 + 6 + 2);
    terminal.press('backspace', 'left', 'left').type('X');
    await terminal.waitFor('❯ 왜 죽X나요');
    terminal.press('enter');
    await terminal.waitFor('You asked: 왜 죽X나요');
  });

  test('shows a huge paste as one chip and sends all of it', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    const log = `${'x'.repeat(99)}\n`.repeat(10_000);
    terminal.type('explain ').paste(log);
    await terminal.waitFor('❯ explain [pasted 1.0 MB, 10001 lines]');
    terminal.press('enter');
    await terminal.waitFor('You asked: 1000007 characters');
    terminal.type('/quit').press('enter');
    await terminal.exited;
    expect(resultOf(terminal)['asked']).toEqual([1_000_007]);
  });

  test('keeps a small paste of several lines as text', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.paste('first\nsecond');
    await terminal.waitFor(/❯ first\n {2}second/u);
    terminal.press('up').type('!');
    await terminal.waitFor(/❯ first!\n {2}second/u);
  });

  test('walks and searches the history', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.type('draft').press('up');
    await terminal.waitFor('❯ what changed in shop');
    terminal.press('up');
    await terminal.waitFor('❯ why is api slow');
    terminal.press('down', 'down');
    await terminal.waitFor('❯ draft');
    terminal.press('ctrl+r').type('slow');
    await terminal.waitFor('search: slow   why is api slow');
    terminal.press('enter');
    await terminal.waitFor('❯ why is api slow');
  });

  test('keeps what is typed while kv works, and asks it next', async () => {
    await using terminal = startDemo('endless');
    await terminal.waitFor('line 3 of');
    terminal.type('and the next one').press('enter');
    await terminal.waitFor('next: and the next one');
    terminal.press('escape');
    await terminal.waitFor(screen => screen.includes('stopped') && screen.includes('❯ and the next one'));
    terminal.press('enter');
    await terminal.waitFor('You asked: and the next one');
  });
});

describe('commands', () => {
  test('complete with tab, run, and say what is wrong', async () => {
    await using terminal = startDemo('');
    await terminal.waitFor('ask why');
    terminal.type('/na');
    await terminal.waitFor('/namespace  show or change the namespace');
    terminal.press('tab').type('payments').press('enter');
    await terminal.waitFor(
      screen => screen.includes('namespace is now payments') && screen.includes('ns payments'),
    );
    terminal.type(':ctx staging').press('enter');
    await terminal.waitFor('· staging ·');
    terminal.type('/readonly on').press('enter');
    await terminal.waitFor('READ-ONLY');
    terminal.type('/mode au').press('tab');
    await terminal.waitFor('❯ /mode auto');
    terminal.press('enter');
    await terminal.waitFor(screen => screen.includes('mode is now auto') && screen.includes('auto · claude'));
    terminal.type('/mode fast').press('enter');
    await terminal.waitFor('/mode takes code, tools or auto, not "fast".');
    terminal.type('/model gpt').press('enter');
    await terminal.waitFor('"gpt" is no model. Use anthropic:<id>, ollama:<id> or offline.');
    terminal.type('/modell').press('enter');
    await terminal.waitFor('There is no command /modell. Did you mean /model?');
  });

  test('? opens the help on an empty prompt, any key closes it', async () => {
    await using terminal = startDemo('', { columns: 100, rows: 40 });
    await terminal.waitFor('ask why');
    terminal.type('?');
    await terminal.waitFor(screen => screen.includes('stop what is running') && screen.includes('/grants'));
    terminal.press('escape');
    await terminal.waitFor(screen => !screen.includes('stop what is running'));
  });

  test('/clear empties the screen and ctrl+l draws it again', async () => {
    await using terminal = startDemo('hello');
    await terminal.waitFor('You asked: hello');
    terminal.press('ctrl+l');
    await terminal.waitFor(
      screen => screen.includes('You asked: hello') && screen.includes('❯ ask a follow-up'),
    );
    terminal.type('/clear').press('enter');
    await terminal.waitFor(
      screen => !screen.includes('You asked: hello') && screen.includes('❯ ask a follow-up'),
    );
  });

  test('/resume lists the sessions, and goes on with one of them', async () => {
    await using terminal = startDemo('hello', { tui: { title: 'A demo of kv' } });
    await terminal.waitFor(screen => screen.includes('A demo of kv') && screen.includes('You asked: hello'));
    terminal.type('/resume').press('enter');
    await terminal.waitFor('k3v9-2f61  why is checkout crashing');
    terminal.type('/resume k3v9-2f61').press('enter');
    await terminal.waitFor('READ-ONLY');
    terminal.type('again').press('enter');
    await terminal.waitFor('You asked: again');
  });
});
