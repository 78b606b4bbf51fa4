import { describe, expect, test } from 'vitest';
import { createGate, createRedactor, createSecretDesk, createVault } from '../../src/policy/index.ts';

const key = new Uint8Array(32).fill(7);
const fresh = () => createRedactor(createVault({ key }));
const b64 = (text: string) => Buffer.from(text).toString('base64');

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  metadata: { name: 'db', namespace: 'shop', uid: '1665d86e-e9a8-4e72-bf4b-27934129c0a3' },
  data: { password: b64('Tr0ub4dor&3'), username: b64('shop') },
};

describe('redactResult', () => {
  test('data of a Secret becomes handles that can be compared', () => {
    const out = fresh().redactResult([
      secret,
      { ...secret, data: { pw: b64('Tr0ub4dor&3') } },
    ]) as unknown as Array<{
      data: Record<string, { $secret: string; length: number; sha256: string }>;
    }>;
    expect(JSON.stringify(out)).not.toMatch(/Tr0ub4dor|VHIwdWI0ZG9y|c2hvcA/);
    expect(out[0]!.data.password).toMatchObject({ length: 11 });
    expect(out[0]!.data.password!.sha256).toBe(out[1]!.data.pw!.sha256);
    expect(out[0]!.data.password!.sha256).not.toBe(out[0]!.data.username!.sha256);
  });

  test('Secrets in lists, without kind, in stringData and in last-applied are covered', () => {
    const { kind: _kind, apiVersion: _version, ...item } = secret;
    const applied = JSON.stringify({ ...secret, data: undefined, stringData: { password: 'Tr0ub4dor&3' } });
    const annotated = {
      ...secret,
      metadata: {
        ...secret.metadata,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied },
      },
    };
    const release = {
      ...secret,
      type: 'helm.sh/release.v1',
      data: { release: b64(b64('H4sIAAAAAAAA/password')) },
    };
    const list = {
      kind: 'SecretList',
      items: [item, annotated, { ...secret, data: {}, stringData: { a: 'hush-hush-9' } }, release],
    };
    const text = JSON.stringify(fresh().redactResult(list));
    expect(text).not.toMatch(/Tr0ub4dor|VHIwdWI0|hush-hush|H4sI|SDRzSUFB/);
    expect(text).toContain('"name":"db"');
  });

  test('public certificates stay readable, private keys do not', () => {
    const certificate = b64('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    const tls = {
      ...secret,
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': certificate,
        'tls.key': b64('-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'),
      },
    };
    const out = fresh().redactResult(tls) as { data: Record<string, unknown> };
    expect(out.data['tls.crt']).toBe(certificate);
    expect(out.data['tls.key']).toHaveProperty('$secret');
  });

  test('credentials in env, args, config maps and objects are hidden, everything beside them stays', () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'token-service-7d9', labels: { secret: 'none-of-your-business-42x' } },
      spec: {
        serviceAccountName: 'token-reader',
        automountServiceAccountToken: true,
        imagePullSecrets: [{ name: 'regcred' }],
        containers: [
          {
            name: 'app',
            image: 'busybox@sha256:3bef6c7dfa849185d8cab7a98cc58dceab6e2806c2c5a273d42cc8d2251c46a5',
            args: ['--port=8080', '--password=Hidden-1', '--api-key', 'Hidden-2x', '-p', '9090'],
            command: ['mysql', '-p', 'Hidden-3'],
            env: [
              { name: 'DB_PASSWORD', value: 'Hidden-4' },
              { name: 'JWT_SECRET', value: 'supersecret' },
              { name: 'SECRET_KEY_BASE', value: 'Hidden-8' },
              { name: 'DB_HOST', value: 'db.shop.svc' },
              { name: 'DB_USER', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
              { name: 'TOKEN_TTL', value: '3600' },
              { name: 'AUTH_ENABLED', value: 'true' },
              { name: 'SECRET_NAME', value: 'session-settings' },
              { name: 'PASSWORD_FILE', value: '/run/secrets/db' },
              { name: 'DATABASE_URL', value: 'postgres://shop:Hidden-5@db.shop.svc/shop' },
            ],
            volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          },
        ],
        volumes: [
          { name: 'tls', secret: { secretName: 'web-tls' } },
          {
            name: 'api',
            projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] },
          },
        ],
        tolerations: [{ key: 'password', value: 'true', effect: 'NoSchedule' }],
      },
    };
    const out = fresh().redactResult(pod);
    const text = JSON.stringify(out);
    expect(text).not.toMatch(/Hidden-|supersecret/);
    expect(text.match(/‹secret:[^›]+›/g)).toHaveLength(7);
    const visible = JSON.stringify(pod).replace(/Hidden-\dx?|supersecret/g, '*');
    expect(text.replace(/‹secret:[^›]+›/g, '*')).toBe(visible);
  });

  test('config maps: values under credential names and pairs inside files', () => {
    const out = fresh().redactResult({
      kind: 'ConfigMap',
      metadata: { name: 'app' },
      data: {
        LOG_LEVEL: 'debug',
        API_TOKEN: 'abc-123-def',
        'app.properties': 'db.host=db.shop.svc\ndb.password=Hidden-6\ncache.ttl=60\n',
      },
    }) as { data: Record<string, string> };
    expect(out.data.LOG_LEVEL).toBe('debug');
    expect(out.data.API_TOKEN).toMatch(/^‹secret:api_token:\d+›$/);
    expect(out.data['app.properties']).toMatch(
      /^db\.host=db\.shop\.svc\ndb\.password=‹[^›]+›\ncache\.ttl=60\n$/,
    );
  });

  test('what a Secret holds is hidden in logs afterwards, words and host names are not', () => {
    const redactor = fresh();
    redactor.redactResult({
      ...secret,
      data: {
        password: b64('Tr0ub4dor&3'),
        host: b64('db.shop.svc'),
        database: b64('checkout'),
        '.env': b64('LOG=debug\nSMTP_PASSWORD=mail-Pw-77\n'),
      },
    });
    expect(redactor.redactText('checkout on db.shop.svc: Tr0ub4dor&3 and mail-Pw-77 at debug')).toMatch(
      /^checkout on db\.shop\.svc: ‹secret:password:\d›? and ‹secret:smtp_password:\d›? at debug$/,
    );
  });

  test('a private key that arrives line by line is hidden to its end', () => {
    const lines = [
      'loading',
      '-----BEGIN EC PRIVATE KEY-----',
      'MHcCAQEEIIGL',
      'oAoGCCqGSM49',
      '-----END EC PRIVATE KEY-----',
      'done',
    ];
    const out = fresh().redactResult({ lines });
    expect(out.lines.map(line => line.replace(/‹[^›]+›/g, '*'))).toEqual([
      'loading',
      '*',
      '*',
      '*',
      '*',
      'done',
    ]);
  });

  test('twice is the same as once, and what has nothing to hide is returned itself', () => {
    const redactor = fresh();
    const once = redactor.redactResult({ secret, env: [{ name: 'DB_PASSWORD', value: 'Hidden-4' }] });
    expect(redactor.redactResult(once)).toEqual(once);
    const plain = { items: [{ name: 'a', token: 12, ok: true }] };
    expect(redactor.redactResult(plain)).toBe(plain);
  });
});

describe('placeholders in arguments', () => {
  test('resolve back to the value for cluster calls, and not for kv itself', () => {
    const redactor = fresh();
    const out = redactor.redactResult(secret) as unknown as { data: { password: { $secret: string } } };
    const handle = out.data.password;
    const args = { object: { data: { url: `postgres://shop:${handle.$secret}@db`, password: handle } } };
    expect(redactor.resolve(args, 'k8s.apply')).toEqual({
      object: { data: { url: 'postgres://shop:Tr0ub4dor&3@db', password: 'Tr0ub4dor&3' } },
    });
    expect(redactor.resolve(args, 'state.set')).toBe(args);
  });

  test('values too short to be hidden again are refused', () => {
    const redactor = fresh();
    const out = redactor.redactResult(secret) as unknown as { data: { username: { $secret: string } } };
    expect(() => redactor.resolve({ name: out.data.username.$secret }, 'k8s.get')).toThrow(
      /too short or too common/,
    );
  });
});

describe('the secret desk', () => {
  const deskWith = (allow: boolean) => {
    const vault = createVault({ key });
    let id = 0;
    const asked: string[] = [];
    const gate = createGate({
      approver: {
        decide: async request => {
          asked.push(request.changes[0]!.note ?? '');
          return allow ? { outcome: 'allow' } : { outcome: 'deny', reason: 'no need' };
        },
      },
      readOnly: () => true,
      interactive: true,
      newId: () => `c${++id}`,
    });
    const desk = createSecretDesk({ vault, gate, signal: new AbortController().signal });
    return { desk, asked, redactor: createRedactor(vault) };
  };

  test('answers one pattern test for every two characters of a secret, 32 at most', () => {
    const { desk } = deskWith(true);
    const { $secret } = desk.handle('Tr0ub4dor&3\n');
    expect(desk.matches($secret, '\\n$')).toBe(true);
    for (let i = 1; i < 6; i++) expect(desk.matches($secret, `^x{${i}}`)).toBe(false);
    expect(() => desk.matches($secret, 'a')).toThrow(/6 times/);
    const long = desk.handle('Tr0ub4dor&3'.repeat(20)).$secret;
    for (let i = 0; i < 32; i++) expect(desk.matches(long, `^x{${i + 1}}`)).toBe(false);
    expect(() => desk.matches(long, 'a')).toThrow(/32 times/);
    expect(desk.matches(desk.handle('other-Value-1').$secret, 'Value')).toBe(true);
  });

  test('a denied reveal rejects with the reason; an approved one is no longer hidden', async () => {
    const denied = deskWith(false);
    await expect(denied.desk.reveal(denied.desk.handle('Tr0ub4dor&3').$secret, 'why not')).rejects.toThrow(
      /no need/,
    );
    const allowed = deskWith(true);
    const { $secret } = allowed.desk.handle('Tr0ub4dor&3');
    expect(allowed.redactor.redactText('is Tr0ub4dor&3')).toBe(`is ${$secret}`);
    expect(await allowed.desk.reveal($secret, 'to compare by eye')).toBe('Tr0ub4dor&3');
    expect(allowed.asked[0]).toContain('to compare by eye');
    expect(allowed.redactor.redactText('is Tr0ub4dor&3')).toBe('is Tr0ub4dor&3');
  });
});
