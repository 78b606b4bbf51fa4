import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeed } from '../plane/parts/kubectl.ts';
import { run } from '../plane/run.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';

interface Row {
  revision: number;
  status: string;
  description: string;
  chart: string;
}

const EXTRA = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-extra
data:
  VERBOSE: "1"
`;

/** The real helm installs and upgrades, kv rolls back, and the real helm reads what kv wrote and goes on from there. */
describe.each([
  ['server-side apply, the default of helm 4', []],
  ['client-side apply, as helm 3 does', ['--server-side=false']],
])('helm.rollback of a release made by %s', (_name, apply) => {
  let kv: Kv;
  let namespace: string;
  let folder: string;
  const helm = async (...args: string[]) => {
    const { binaries, users } = plane();
    const env = { KUBECONFIG: users.admin, HOME: folder };
    const { code, stderr, stdout } = await run(binaries.helm, args, { cwd: folder, env });
    if (code !== 0) throw new Error(`helm ${args.join(' ')} failed: ${stderr}`);
    return stdout;
  };
  const json = async (...args: string[]) => JSON.parse(await helm(...args, '-n', namespace, '-o', 'json'));
  const get = async (path: string, ...args: string[]) =>
    await succeed(kubectl(), ['-n', namespace, 'get', ...args, '-o', `jsonpath=${path}`]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kv-helm-'));
    namespace = await newNamespace('rollback');
    await helm('create', 'chart');
    await helm('install', 'web', './chart', '-n', namespace, '--set', 'image.tag=1.26', ...apply);
    await writeFile(join(folder, 'chart/templates/extra.yaml'), EXTRA);
    const meta = join(folder, 'chart/Chart.yaml');
    await writeFile(meta, (await readFile(meta, 'utf8')).replace('version: 0.1.0', 'version: 0.2.0'));
    const changes = ['--set', 'image.tag=9.99,podAnnotations.note=new,replicaCount=2'];
    await helm('upgrade', 'web', './chart', '-n', namespace, ...changes, ...apply);
    kv = await openKv(plane().users.admin, namespace);
  });
  afterAll(async () => {
    await kv?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes the objects back, and the real helm agrees with the record', async () => {
    expect(await kv.call('helm.status', { release: 'web' })).toMatchObject({
      revision: 2,
      status: 'deployed',
    });
    const result = await kv.call('helm.rollback', { release: 'web' });
    expect(result).toMatchObject({
      revision: 3,
      description: 'Rollback to 1',
      deleted: [`ConfigMap ${namespace}/web-extra`],
    });
    expect(kv.approvals).toHaveLength(1);
    const pod =
      '{.spec.template.spec.containers[0].image} {.spec.replicas} {.spec.template.metadata.annotations.note}';
    expect(await get(pod, 'deploy', 'web-chart')).toBe('nginx:1.26 1 ');
    expect(await get('{.items[*].metadata.name}', 'configmap')).not.toContain('web-extra');

    const history = (await json('history', 'web')) as Row[];
    expect(
      history.map(({ revision, status, description, chart }) => [revision, status, description, chart]),
    ).toEqual([
      [1, 'superseded', 'Install complete', 'chart-0.1.0'],
      [2, 'superseded', 'Upgrade complete', 'chart-0.2.0'],
      [3, 'deployed', 'Rollback to 1', 'chart-0.1.0'],
    ]);
    expect(await json('status', 'web')).toMatchObject({ version: 3, info: { status: 'deployed' } });
    expect(await kv.call('helm.drift', { release: 'web' })).toMatchObject({ drifted: false });
  });

  it('leaves a release that the real helm can upgrade and roll back again', async () => {
    await helm('upgrade', 'web', './chart', '-n', namespace, '--set', 'image.tag=2.0', ...apply);
    expect(await get('{.spec.template.spec.containers[0].image}', 'deploy', 'web-chart')).toBe('nginx:2.0');
    await helm('rollback', 'web', '3', '-n', namespace);
    expect(await get('{.spec.template.spec.containers[0].image}', 'deploy', 'web-chart')).toBe('nginx:1.26');
  });
});
