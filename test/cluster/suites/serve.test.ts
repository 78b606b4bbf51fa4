import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kubectl, kubectlFor, succeed } from '../plane/parts/kubectl.ts';
import { plane } from '../support/plane.ts';
import { type RunningKv, startKv } from '../support/run-kv.ts';

describe('the real kubectl against kv cluster serve', () => {
  let kv: RunningKv;
  let home: string;
  let kubectl: Kubectl;
  /** The cells of each printed row, headings left out. */
  const rows = async (...args: string[]) =>
    (await succeed(kubectl, [...args, '--no-headers']))
      .trim()
      .split('\n')
      .map(row => row.split(/\s{2,}/));
  const field = (path: string, ...object: string[]) =>
    succeed(kubectl, ['get', ...object, '-o', `jsonpath={${path}}`]);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'kv-served-'));
    const args = ['cluster', 'serve', '--snapshot', resolve('test/fixtures/small-cluster'), '-n', 'checkout'];
    kv = await startKv(args, { kubeconfig: '/nonexistent' });
    const [, kubeconfig = ''] = await kv.printed(/^export KUBECONFIG=(\S+)$/m);
    kubectl = kubectlFor(plane().binaries.kubectl, kubeconfig, home);
  });
  afterAll(async () => {
    kv.signal('SIGINT');
    const { code } = await kv.ended;
    await rm(home, { recursive: true });
    expect(code).toBe(0);
  });

  it('gets', async () => {
    expect(await rows('get', 'pods')).toEqual([
      [
        expect.stringMatching(/^checkout-/),
        '0/1',
        'CrashLoopBackOff',
        expect.stringMatching(/^9 \(/),
        expect.any(String),
      ],
    ]);
    expect((await rows('get', 'pods', '-A')).length).toBe(6);
    expect(await field('.spec.replicas', 'deploy/checkout')).toBe('1');
    expect(await succeed(kubectl, ['get', 'all'])).toMatch(
      /deployment\.apps\/checkout[\s\S]*replicaset\.apps\/checkout-/,
    );
  });

  it('describes, with events', async () => {
    const pod = await succeed(kubectl, ['describe', 'pod', '-l', 'app=checkout']);
    expect(pod).toMatch(/Last State:\s+Terminated[\s\S]*Exit Code:\s+1/);
    expect(pod).toMatch(/Warning\s+BackOff/);
    expect(await succeed(kubectl, ['describe', 'deploy', 'checkout'])).toMatch(/1 desired \| 1 updated/);
  });

  it('reads logs', async () => {
    const log = await succeed(kubectl, ['logs', 'deploy/checkout', '--tail=2']);
    expect(log.trim().split('\n')).toEqual([
      expect.stringContaining('id=399'),
      'FATAL: required environment variable DATABASE_URL is not set',
    ]);
  });

  it('lists resources, groups and events', async () => {
    const resources = await rows('api-resources', '--api-group=apps');
    expect(resources.map(([name]) => name)).toContain('deployments');
    expect(await succeed(kubectl, ['api-versions'])).toMatch(/^apps\/v1$/m);
    expect((await rows('events')).map(([, , reason]) => reason)).toContain('BackOff');
  });

  it('patches, scales, labels and sets images, in memory', async () => {
    await succeed(kubectl, ['patch', 'deploy', 'checkout', '-p', '{"spec":{"minReadySeconds":7}}']);
    await succeed(kubectl, ['scale', 'deploy', 'checkout', '--replicas=3']);
    await succeed(kubectl, ['label', 'deploy', 'checkout', 'seen=yes']);
    await succeed(kubectl, ['set', 'image', 'deploy/checkout', 'app=busybox:2']);
    const path =
      '.spec.minReadySeconds} {.spec.replicas} {.metadata.labels.seen} {.spec.template.spec.containers[0].image';
    expect(await field(path, 'deploy/checkout')).toBe('7 3 yes busybox:2');
  });

  it('deletes', async () => {
    await succeed(kubectl, ['delete', 'service', '--all', '-n', 'greeter']);
    await succeed(kubectl, ['delete', 'deploy', 'greeter', '-n', 'greeter', '--wait=true']);
    const { code, stderr } = await kubectl(['get', 'deploy', 'greeter', '-n', 'greeter']);
    expect(code).toBe(1);
    expect(stderr).toContain('deployments.apps "greeter" not found');
  });

  it('applies, with the validation that is the default', async () => {
    const apply = (level: string) => {
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { level } };
      return succeed(kubectl, ['apply', '-f', '-'], { input: JSON.stringify(map) });
    };
    expect(await apply('info')).toContain('created');
    expect(await apply('debug')).toContain('configured');
    expect(await field('.data.level', 'cm/settings')).toBe('debug');
  });

  it('explains built-in kinds', async () => {
    const pod = await succeed(kubectl, ['explain', 'pod.spec']);
    expect(pod).toMatch(/FIELD: spec <PodSpec>/);
    expect(pod).toMatch(/containers\s+<\[\]Container> -required-/);
    expect(pod).toContain('List of containers belonging to the pod');
    const port = ['explain', 'deploy.spec.template.spec.containers.livenessProbe.httpGet.port'];
    expect(await succeed(kubectl, port)).toMatch(/FIELD: port <[\s\S]*can hold an int32 or a string/);
  });

  it('lists the kinds it serves', async () => {
    expect(await succeed(kubectl, ['api-resources'])).toMatch(
      /deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/,
    );
  });
});
