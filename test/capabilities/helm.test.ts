import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const SECRET = 'c0rrect-horse-battery';

const MANIFEST = `---
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: web
stringData:
  password: ${SECRET}
---
# Source: web/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  LEVEL: info
`;

/** One revision as Helm stores it: JSON, gzip, base64, and base64 once more for the Secret. */
function stored(revision: number, changes: { manifest?: string; raw?: string } = {}): BundleObject {
  const release = {
    name: 'web',
    namespace: 'shop',
    version: revision,
    info: { status: 'deployed', description: 'Install complete', last_deployed: '2026-11-20T10:00:00Z' },
    chart: {
      metadata: { name: 'web', version: '1.2.0', appVersion: '9' },
      values: { auth: { user: 'shop' } },
    },
    config: { auth: { password: SECRET } },
    manifest: changes.manifest ?? MANIFEST,
  };
  const packed = changes.raw ?? gzipSync(JSON.stringify(release)).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.web.v${revision}`,
      namespace: 'shop',
      labels: { owner: 'helm', name: 'web', status: 'deployed', version: String(revision) },
    },
    data: { release: Buffer.from(packed).toString('base64') },
  };
}

const LIVE: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'web', namespace: 'shop' },
    type: 'Opaque',
    data: { password: Buffer.from('another-long-password').toString('base64') },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', namespace: 'shop' },
    data: { LEVEL: 'info', EXTRA: 'by hand' },
  },
];

const sessions: SessionController[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map(session => session.close()));
});

async function result(objects: BundleObject[], code: string): Promise<string> {
  const session = await openTestSession(writeBundle(objects), [`\`\`\`ts\n${code}\n\`\`\``, 'Done.'], {
    namespace: 'shop',
  });
  sessions.push(session.controller);
  await session.controller.ask('look at the release');
  const finished = session.of('script-finished')[0];
  return finished?.result ?? finished?.error?.message ?? '';
}

describe('helm releases in a session', () => {
  it('show what was set, without the values of secrets', async () => {
    const parts = "['values', 'allValues', 'manifest']";
    const text = await result(
      [...LIVE, stored(1)],
      `return await helm.get({ release: 'web', parts: ${parts} })`,
    );
    expect(JSON.parse(text)).toMatchObject({ chart: 'web-1.2.0', allValues: { auth: { user: 'shop' } } });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64'));
  });

  it('drift by added keys and by changed secrets, whose values stay hidden', async () => {
    const text = await result([...LIVE, stored(1)], `return await helm.drift({ release: 'web' })`);
    const { drift } = JSON.parse(text);
    expect(drift).toEqual([
      expect.objectContaining({ kind: 'ConfigMap', path: '.data.EXTRA', change: 'added', live: 'by hand' }),
      expect.objectContaining({ kind: 'Secret', path: '.data.password', change: 'changed' }),
    ]);
    expect(text).not.toMatch(/another-long-password|c0rrect/);
  });

  it('take the newest revision by number, not by name', async () => {
    const manifests = [2, 10].map(revision => stored(revision, { manifest: '' }));
    const text = await result([...LIVE, ...manifests], `return (await helm.list()).items[0].revision`);
    expect(text).toBe('10');
  });

  it.each([
    ['no gzip and no JSON', 'bm90IGEgcmVsZWFzZQ=='],
    ['an empty value', ''],
  ])('that cannot be read (%s) are said to be so', async (_, raw) => {
    const text = await result([...LIVE, stored(1, { raw })], `return await helm.get({ release: 'web' })`);
    expect(text).toMatch(/sh\.helm\.release\.v1\.web\.v1 (cannot be read as|holds no) .*Helm release/);
  });
});
