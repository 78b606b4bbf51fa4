import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const VALUES = [
  'c0rrect-horse-battery',
  'Tr0ub4dor-and-3-more',
  'hunter2-hunter2-xyz',
  'zx81-spectrum-48k-Q',
  'n0tes-passphrase-77',
  'liveV4lue-of-the-key',
] as const;
const [plain, inFile, inEnv, inHook, inNotes, live] = VALUES;
const base64 = (text: string) => Buffer.from(text).toString('base64');

const secret = (value: string) => `apiVersion: v1
kind: Secret
metadata:
  name: web
data:
  key: ${base64(value)}
`;
const MANIFEST = `---
${secret(plain)}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  application.yml: |
    spring.datasource.password: ${inFile}
  DB_PASSWORD: ${inEnv}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: app
          args: ["--password", "${inEnv}"]
          env:
            - name: DB_PASSWORD
              value: ${inEnv}
            - name: LEVEL
              value: info
`;
const RELEASE = {
  name: 'web',
  namespace: 'shop',
  version: 1,
  info: {
    status: 'deployed',
    description: 'Install complete',
    notes: `Log in with:\n  user: admin\n  password: ${inNotes}\n`,
  },
  chart: { metadata: { name: 'web', version: '1.0.0' }, values: { redis: { password: plain } } },
  config: { env: [{ name: 'DB_PASSWORD', value: inEnv }], auth: { password: plain }, smtp: { pass: inFile } },
  manifest: MANIFEST,
  hooks: [{ name: 'init', kind: 'Secret', events: ['pre-install'], manifest: secret(inHook) }],
};

function objects(driver: 'Secret' | 'ConfigMap'): BundleObject[] {
  const packed = gzipSync(JSON.stringify(RELEASE)).toString('base64');
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'web', namespace: 'shop' },
      data: { key: base64(live) },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: 'shop' },
      data: { 'application.yml': `spring.datasource.password: ${live}\n`, DB_PASSWORD: live },
    },
    {
      apiVersion: 'v1',
      kind: driver,
      metadata: {
        name: 'sh.helm.release.v1.web.v1',
        namespace: 'shop',
        labels: { owner: 'helm', name: 'web', status: 'deployed', version: '1' },
      },
      data: { release: driver === 'Secret' ? base64(packed) : packed },
    },
  ];
}

const opened: SessionController[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(controller => controller.close()));
});

const parts = ['values', 'allValues', 'manifest', 'hooks', 'notes'];
const TOOLS = [
  { name: 'helm_get', input: { release: 'web', parts } },
  { name: 'helm_drift', input: { release: 'web' } },
  { name: 'helm_history', input: { release: 'web' } },
  { name: 'k8s_get', input: { kind: 'Secret', name: 'sh.helm.release.v1.web.v1' } },
  { name: 'k8s_list', input: { kind: 'Secret' } },
  { name: 'k8s_get', input: { kind: 'ConfigMap', name: 'web' } },
  { name: 'helm_get', input: { release: `web-${plain}` } },
];

describe('what a release holds', () => {
  it.each(['Secret', 'ConfigMap'] as const)('reaches no model and no record from a %s', async driver => {
    const script = `return { get: await helm.get({ release: 'web', parts: ${JSON.stringify(parts)} }), drift: await helm.drift({ release: 'web' }) };`;
    const session = await openTestSession(
      writeBundle(objects(driver)),
      [{ toolCalls: TOOLS }, 'Seen.', `\`\`\`ts\n${script}\n\`\`\``, 'Seen.'],
      { namespace: 'shop', mode: 'tools' },
    );
    opened.push(session.controller);
    await session.controller.ask('what is in the helm release web?');
    session.controller.setMode('code');
    await session.controller.ask('what is in the helm release web?');
    expect(session.of('finished').map(event => event.status)).toEqual(['answered', 'answered']);
    const results = session.of('tools-answered')[0]!.results;
    expect(results[0]!.text).toContain('DB_PASSWORD');
    expect(results[0]!.text).toContain('Log in with');
    expect(results[1]!.isError).toBe(false);
    const said = JSON.stringify([session.model.requests.slice(1), session.events, session.calls]);
    // The model itself wrote one of them into its last call.
    const shown = VALUES.filter(value => value !== plain);
    for (const value of shown) {
      expect([value, said.includes(value)]).toEqual([value, false]);
      expect([value, said.includes(base64(value))]).toEqual([value, false]);
    }
    expect(results[0]!.text).not.toContain(plain);
  });
});
