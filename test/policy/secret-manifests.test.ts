import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createRedactor, createVault } from '../../src/policy/index.ts';

/** Neither names nor values that give themselves away. */
const NOTE = 'a long enough phrase';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const redact = (text: string) => createRedactor(createVault()).redactText(text);
const secret = (data: Record<string, string>, more: object = {}) => ({
  apiVersion: 'v1',
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  kind: 'Secret',
  metadata: { name: 'plain', namespace: 'shop' },
  ...more,
});
const config = {
  apiVersion: 'v1',
  data: { note: 'of a ConfigMap' },
  kind: 'ConfigMap',
  metadata: { name: 'c' },
};
const list = (kind: string, items: object[]) => ({ apiVersion: 'v1', items, kind, metadata: {} });
const { kind: _kind, apiVersion: _apiVersion, ...item } = secret({ note: NOTE }, { type: 'Opaque' });

describe('a Secret that a program printed', () => {
  test.each([
    ['YAML', stringify(secret({ note: NOTE, other: 'and another phrase' }))],
    [
      'YAML with stringData',
      stringify({ kind: 'Secret', metadata: {}, stringData: { note: `${NOTE}\nand more` } }),
    ],
    ['a list in YAML', stringify(list('List', [config, secret({ note: NOTE }), config]))],
    [
      'an indented list in YAML',
      stringify(list('List', [config, secret({ note: NOTE })]), { indentSeq: false }),
    ],
    ['a SecretList in YAML', stringify(list('SecretList', [item]))],
    ['two documents', `${stringify(config)}---\n${stringify(secret({ note: NOTE }))}`],
    ['JSON', JSON.stringify(secret({ note: NOTE }))],
    ['pretty JSON', JSON.stringify(list('SecretList', [item]), null, 2)],
    ['JSON in a JSON string', JSON.stringify({ text: JSON.stringify(secret({ note: NOTE })) })],
  ])('shows its keys and none of its values, in %s', (_form, text) => {
    const shown = redact(text);
    expect(shown).toContain('note');
    expect(shown).toContain('‹secret:note:1›');
    for (const value of [NOTE, base64(NOTE), 'and more', base64('and another phrase')]) {
      expect(shown).not.toContain(value);
    }
    if (!/JSON/.test(_form) && text.includes('ConfigMap')) expect(shown).toContain('of a ConfigMap');
  });

  test('is known from then on, whoever says it', () => {
    const { redactText } = createRedactor(createVault());
    redactText(stringify(secret({ note: 'CaNaRy9xQ7zPw' })));
    expect(redactText('level=info told: CaNaRy9xQ7zPw')).toBe('level=info told: ‹secret:note:1›');
  });

  test('keeps what is not its data', () => {
    const text = stringify(secret({ note: NOTE }));
    expect(redact(text)).toBe(text.replace(base64(NOTE), '‹secret:note:1›'));
    const other = stringify({ ...config, kind: 'Deployment', spec: { secretName: 'kind: Secret' } });
    expect(redact(other)).toBe(other);
  });

  test('takes no longer than its length, whatever it is made of', () => {
    const started = performance.now();
    const value = 'QUJD'.repeat(250_000);
    redact(JSON.stringify({ kind: 'Secret', data: { note: value } }));
    redact(`kind: Secret\n${'data:\n  a: b\n'.repeat(50_000)}`);
    redact(`"kind": "Secret" ${'"data": {"a" '.repeat(50_000)}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
