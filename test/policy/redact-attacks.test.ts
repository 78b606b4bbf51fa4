import { describe, expect, test } from 'vitest';
import { createRedactor, createVault } from '../../src/policy/index.ts';

const VALUE = 'CaNaRy9xQ7zPw';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const secretOf = (data: Record<string, string>) => ({
  kind: 'Secret',
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
});

function fresh() {
  const vault = createVault();
  return { vault, ...createRedactor(vault) };
}

describe('what poses as hidden is looked at', () => {
  test('an object with a $secret of its own', () => {
    const shown = fresh().redactResult({
      spec: { $secret: 'x', password: VALUE, nested: { $secret: '‹secret:a:1›', password: VALUE } },
    });
    expect(JSON.stringify(shown)).not.toContain(VALUE);
  });

  test('a handle keeps only what the vault knows of it', () => {
    const { redactResult } = fresh();
    const { data } = redactResult(secretOf({ password: VALUE })) as unknown as {
      data: { password: { $secret: string; length: number; sha256: string } };
    };
    expect(redactResult({ ...data.password, length: 99, more: `x ${base64(VALUE)}` })).toEqual(data.password);
  });

  test('a Secret value that begins like a placeholder', () => {
    const shown = fresh().redactResult({ kind: 'Secret', stringData: { a: `‹secret:${VALUE}` } });
    expect(JSON.stringify(shown)).not.toContain(VALUE);
  });

  test('a file in base64 that holds a credential, and only that', () => {
    const icon = base64('just a picture');
    const shown = fresh().redactResult({
      kind: 'ConfigMap',
      binaryData: { env: base64(`password=${VALUE}\n`), icon },
    });
    expect(shown.binaryData.env).toMatch(/^‹secret:env:\d+›$/);
    expect(shown.binaryData.icon).toBe(icon);
  });
});

describe('a known value is found in other clothes', () => {
  const sign = 'p<W&x>9Qz7"K';
  test.each([
    ['hexadecimal', Buffer.from(VALUE).toString('hex')],
    ['upper hexadecimal', Buffer.from(VALUE).toString('hex').toUpperCase()],
    ['base64 behind one character', base64(`x${VALUE}!`)],
    ['base64 behind two', base64(`xy${VALUE}`)],
    ['base64 behind three', base64(`abc${VALUE}defg`)],
    [
      'JSON as Go writes it',
      JSON.stringify(sign)
        .slice(1, -1)
        .replace('<', '\\u003c')
        .replace('&', '\\u0026')
        .replace('>', '\\u003e'),
    ],
    ['URL', encodeURIComponent(sign)],
  ])('%s', (_, form) => {
    const { redactResult, redactText } = fresh();
    redactResult(secretOf({ password: VALUE, other_password: sign }));
    const shown = redactText(`before ${form} after`);
    expect(shown).toMatch(/^before .*‹secret:(other_)?password:\d+›.* after$/);
    expect(shown.length).toBeLessThan(60);
  });

  test('also after some text has filled the vault with suspicions', () => {
    const { redactResult, redactText } = fresh();
    redactText(Array.from({ length: 21_000 }, (_, i) => `password=Fl00d${i}x`).join('\n'));
    redactResult(secretOf({ password: VALUE }));
    expect(redactText(`got ${VALUE}`)).toMatch(/^got ‹secret:password:\d+›$/);
  });
});

describe('keys', () => {
  const line = 'MIIEaB3dEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdEfGhIjKlMnOpQrStUv';

  test.each([line, `  ${line}`, `2026-11-21T06:00:00.123456789Z ${line}`, `${line}==`])(
    'a line of one without its frame, as the tail of a log has it: %s',
    text => {
      const shown = fresh().redactText(`before\n${text}\nafter`);
      expect(shown).not.toContain(line);
      expect(shown).toMatch(/^before\n.*‹secret:private_key:1›\nafter$/);
    },
  );

  test('digests and long identifiers stay', () => {
    const text = `sha256:${'ab12'.repeat(16)}\n${'ab12'.repeat(16)}\n${'A'.repeat(64)}`;
    expect(fresh().redactText(text)).toBe(text);
  });

  test('placeholders are never hidden once more', () => {
    const { redactText } = fresh();
    const once = redactText(
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\n${line}\n-----END PGP PRIVATE KEY BLOCK-----`,
    );
    expect(once).toBe('‹secret:private_key:1›');
    expect(redactText(`sk-ant-${'aB3'.repeat(10)} and ${line}`)).not.toContain('‹secret:‹');
  });

  test('one that fills megabytes does not exhaust an expression', () => {
    const text = `start\n-----BEGIN RSA PRIVATE KEY-----\n${'A'.repeat(20_000_000)}`;
    expect(fresh().redactText(text)).toBe('start\n‹secret:private_key:1›');
  });
});

describe('prose', () => {
  test.each([`using token ${VALUE} for the upload`, `api key is "${VALUE}"`, `Password: ${VALUE}`])(
    '%s',
    text => expect(fresh().redactText(text)).not.toContain(VALUE),
  );

  test.each([
    'secret "checkout-tls-7f9c8d" not found',
    "couldn't find key DATABASE_URL in Secret shop/db-v2",
    'token expired2026 was refused',
    'the api key field-ref-v2 is unknown',
    'Failed to pull image "registry.example.com/shop/web@sha256:4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a"',
    'open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory',
    'unknown key spec.template.metadata in manifest',
    'MountVolume.SetUp failed for volume "kube-api-access-x7k2p" : configmap "kube-root-ca.crt" not found',
  ])('stays: %s', text => expect(fresh().redactText(text)).toBe(text));
});

describe('placeholders as questions', () => {
  test('they are not put into patterns, where they would tell their characters', () => {
    const { redactResult, resolve, vault } = fresh();
    redactResult(secretOf({ password: VALUE }));
    const { placeholder } = vault.hide(VALUE, 'password');
    expect(
      resolve({ pattern: `^[${placeholder}]`, grep: placeholder, name: placeholder }, 'k8s.grepLogs'),
    ).toEqual({
      pattern: `^[${placeholder}]`,
      grep: placeholder,
      name: VALUE,
    });
  });

  test('a guess is no handle', () => {
    const { redactResult, vault } = fresh();
    redactResult(secretOf({ password: VALUE }));
    expect(vault.find(VALUE)).toBeUndefined();
  });
});
