import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const configMap = (name: string, data: Record<string, string>) =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: ${JSON.stringify(data)}\n`;

/** Revision 1: settings at info, and `old`. Revision 2: settings at debug with VERBOSE, and `extra`. */
const MANIFESTS = [
  configMap('settings', { LEVEL: 'info' }) + configMap('old', { a: '1' }),
  configMap('settings', { LEVEL: 'debug', VERBOSE: '1' }) + configMap('extra', { b: '2' }),
];

function stored(revision: number, status: string, hooks: unknown[] = []): BundleObject {
  const release = {
    name: 'web',
    namespace: 'shop',
    version: revision,
    info: {
      status,
      description: 'Upgrade complete',
      first_deployed: '2026-11-01T10:00:00Z',
      last_deployed: `2026-11-2${revision}T10:00:00Z`,
      notes: `notes of ${revision}`,
    },
    chart: { metadata: { name: 'web', version: `1.${revision}.0`, appVersion: '9' } },
    config: { revision },
    manifest: MANIFESTS[revision - 1],
    hooks,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.web.v${revision}`,
      namespace: 'shop',
      labels: { owner: 'helm', name: 'web', status, version: String(revision) },
    },
    data: {
      release: Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64'),
    },
  };
}

const live = (name: string, data: Record<string, string>): BundleObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
});

const CLUSTER: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  // BY_HAND belongs to nobody's chart and must survive.
  live('settings', { LEVEL: 'debug', VERBOSE: '1', BY_HAND: 'yes' }),
  live('extra', { b: '2' }),
];

const sessions: SessionController[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map(session => session.close()));
});

async function run(objects: BundleObject[], code: string, answer: 'allow' | 'deny' = 'allow') {
  const session = await openTestSession(writeBundle(objects), [`\`\`\`ts\n${code}\n\`\`\``, 'Done.'], {
    namespace: 'shop',
  });
  sessions.push(session.controller);
  const asked = session.controller.ask('roll the release back');
  void session.next('approval-requested').then(({ approval }) => {
    const decision = answer === 'allow' ? { outcome: answer } : { outcome: answer, reason: 'not now' };
    session.controller.decide(approval.id, decision as never);
  });
  await asked;
  const finished = session.of('script-finished')[0];
  const cards = session.of('approval-requested').map(({ approval }) => approval.changes);
  return { text: finished?.result ?? finished?.error?.message ?? '', cards };
}

const AFTER = `
const maps = await k8s.list({ kind: 'ConfigMap' });
const { revisions } = await helm.history({ release: 'web' });
return { done, maps: Object.fromEntries(maps.items.map(m => [m.metadata.name, m.data])), revisions };`;

describe('helm.rollback', () => {
  it('asks once with every difference, and makes the objects and the record what helm would', async () => {
    const { text, cards } = await run(
      [...CLUSTER, stored(1, 'superseded'), stored(2, 'deployed')],
      `const done = await helm.rollback({ release: 'web' });${AFTER}`,
    );
    expect(cards).toHaveLength(1);
    expect(cards[0]!.map(({ verb, kind, name }) => [verb, kind, name])).toEqual([
      ['create', 'ConfigMap', 'old'],
      ['patch', 'ConfigMap', 'settings'],
      ['delete', 'ConfigMap', 'extra'],
      ['create', 'Secret', 'sh.helm.release.v1.web.v3'],
      ['patch', 'Secret', 'sh.helm.release.v1.web.v2'],
    ]);
    const diff = cards[0]![1]!.diff ?? '';
    expect(diff).toMatch(/-.*LEVEL: debug/);
    expect(diff).toMatch(/\+.*LEVEL: info/);
    expect(diff).toMatch(/-.*VERBOSE/);
    expect(diff).not.toMatch(/[-+] .*BY_HAND/);
    const { done, maps, revisions } = JSON.parse(text);
    expect(done).toMatchObject({
      revision: 3,
      status: 'deployed',
      description: 'Rollback to 1',
      chart: 'web-1.1.0',
      created: ['ConfigMap shop/old'],
      changed: ['ConfigMap shop/settings'],
      deleted: ['ConfigMap shop/extra'],
    });
    expect(maps).toEqual({ settings: { LEVEL: 'info', BY_HAND: 'yes' }, old: { a: '1' } });
    expect(
      revisions.map((item: { revision: number; status: string }) => [item.revision, item.status]),
    ).toEqual([
      [3, 'deployed'],
      [2, 'superseded'],
      [1, 'superseded'],
    ]);
  });

  it('changes nothing when it is denied', async () => {
    const { text } = await run(
      [...CLUSTER, stored(1, 'superseded'), stored(2, 'deployed')],
      `const done = await helm.rollback({ release: 'web' }).catch(e => e.message);${AFTER}`,
      'deny',
    );
    const { done, maps, revisions } = JSON.parse(text);
    expect(done).toContain('not now');
    expect(maps.settings).toMatchObject({ LEVEL: 'debug' });
    expect(revisions).toHaveLength(2);
  });

  it('refuses a release whose rollback would run hooks, and names them', async () => {
    const hook = { name: 'backup', kind: 'Job', events: ['pre-rollback'], manifest: '' };
    const { text, cards } = await run(
      [...CLUSTER, stored(1, 'superseded', [hook]), stored(2, 'deployed')],
      `return await helm.rollback({ release: 'web' }).catch(e => e.message)`,
    );
    expect(text).toMatch(/rollback hooks \(Job backup\), which kv does not run/);
    expect(cards).toEqual([]);
  });

  it('records what the helm of the cluster can read back', async () => {
    const { text } = await run(
      [...CLUSTER, stored(1, 'superseded'), stored(2, 'deployed')],
      `await helm.rollback({ release: 'web' });
return await helm.get({ release: 'web', parts: ['values', 'manifest', 'notes'] });`,
    );
    expect(JSON.parse(text)).toMatchObject({ revision: 3, values: { revision: 1 }, notes: 'notes of 1' });
  });
});

describe('helm.status', () => {
  it('tells which objects of the release are there', async () => {
    const { text } = await run(
      [...CLUSTER, stored(1, 'deployed')],
      `return await helm.status({ release: 'web' })`,
    );
    const { ok, objects } = JSON.parse(text);
    expect(ok).toBe(false);
    expect(objects.map((item: { name: string; state: string }) => [item.name, item.state])).toEqual([
      ['settings', 'exists'],
      ['old', 'missing'],
    ]);
  });
});
