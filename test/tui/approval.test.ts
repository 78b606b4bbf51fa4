import { describe, expect, test } from 'vitest';
import { resultOf, startDemo } from './demo.ts';

async function decisionsAfter(terminal: ReturnType<typeof startDemo>) {
  await terminal.waitFor('answered in');
  terminal.type('/quit').press('enter');
  await terminal.exited;
  return resultOf(terminal)['decisions'];
}

describe('the approval card', () => {
  test('shows the change, the exact request and the diff, and Enter alone denies', async () => {
    await using terminal = startDemo('patch it', { rows: 30 });
    const screen = await terminal.waitFor('Approve this change?');
    for (const wanted of [
      'patch Deployment shop/checkout',
      'PATCH /apis/apps/v1/namespaces/shop/deployments/checkout?fieldManager=kv',
      '-              memory: 128Mi',
      '+              memory: 512Mi',
      '›  1. Deny',
      'Allow patch on Deployment in shop for this session',
      'nothing changes until you choose',
    ]) {
      expect(screen).toContain(wanted);
    }
    terminal.press('enter');
    expect(await decisionsAfter(terminal)).toMatchObject([{ outcome: 'deny' }]);
    expect(terminal.history()).toContain('✗ denied patch Deployment shop/checkout');
  });

  test('Esc denies', async () => {
    await using terminal = startDemo('patch it');
    await terminal.waitFor('Approve this change?');
    terminal.press('escape');
    expect(await decisionsAfter(terminal)).toMatchObject([{ outcome: 'deny' }]);
  });

  test('the focus has to be moved before anything is allowed', async () => {
    await using terminal = startDemo('patch it');
    await terminal.waitFor('›  1. Deny');
    terminal.type('y');
    terminal.press('down');
    await terminal.waitFor('›  2. Allow once');
    terminal.press('enter');
    expect(await decisionsAfter(terminal)).toEqual([{ outcome: 'allow' }]);
    expect(terminal.history()).toContain('✓ applied patch Deployment shop/checkout');
  });

  test('a number moves the focus; Enter decides', async () => {
    await using terminal = startDemo('patch it');
    await terminal.waitFor('›  1. Deny');
    terminal.type('3');
    await terminal.waitFor('›  3. Allow patch');
    terminal.press('enter');
    expect(await decisionsAfter(terminal)).toEqual([{ outcome: 'allow-session' }]);
  });

  test('a denial can carry a reason', async () => {
    await using terminal = startDemo('patch it');
    await terminal.waitFor('›  1. Deny');
    terminal.press('up');
    await terminal.waitFor('›  4. Deny with a reason');
    terminal.press('enter');
    await terminal.waitFor('reason:');
    terminal.type('use 256Mi 부탁').press('enter');
    expect(await decisionsAfter(terminal)).toEqual([{ outcome: 'deny', reason: 'use 256Mi 부탁' }]);
  });

  test('several changes are counted, and a long card scrolls within the screen', async () => {
    await using terminal = startDemo('many of them', { columns: 100, rows: 24 });
    const screen = await terminal.waitFor(/Approve[\s\S]*nothing changes until you choose/u);
    expect(screen).toContain('Approve these 12 changes? 8 patch Deployment in shop, 4 delete Pod in shop');
    expect(screen.split('\n').length).toBeLessThanOrEqual(24);
    expect(screen).toContain('1. patch Deployment shop/checkout-0');
    terminal.press('pagedown');
    await terminal.waitFor('2. patch Deployment shop/checkout-1');
    terminal.type('kkkkkkkk');
    await terminal.waitFor('1. patch Deployment shop/checkout-0');
  });

  test('what is being typed when the card appears neither decides nor is lost', async () => {
    await using terminal = startDemo('', { rows: 30 });
    await terminal.waitFor('ask why');
    terminal.type('patch it').press('enter');
    await terminal.waitFor('waiting for you');
    terminal.type('2 and then').press('escape');
    await terminal.waitFor('❯ 2 and then');
    terminal.press('ctrl+u');
    expect(await decisionsAfter(terminal)).toMatchObject([{ outcome: 'deny' }]);
  });
});
