import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, succeed } from '../plane/parts/kubectl.ts';
import { type Kv, openKv } from '../support/kv.ts';
import { kubectl, newNamespace, plane } from '../support/plane.ts';
import { cause, incidents } from '../workloads/incidents.ts';
import { APP_IMAGE } from '../workloads/manifests.ts';
import { isReady, waitForPod } from '../workloads/state.ts';

interface Logs {
  container: string;
  lines: string[];
  truncated: boolean;
}

const CHATTY = `i=0
while [ $i -lt 300 ]; do
  if [ $((i % 100)) -eq 42 ]; then echo "level=error request $i failed"; else echo "level=info request $i served"; fi
  i=$((i + 1))
done
printf 'colour \\033[31mred\\033[0m and a bell\\007\\n'
exec sleep 3600`;

describe('logs of real containers', () => {
  let kv: Kv;
  let crashing: string;

  beforeAll(async () => {
    const namespace = await newNamespace('logs');
    kv = await openKv(plane().users.admin, namespace);
    const chatty = { name: 'app', image: APP_IMAGE, command: ['sh', '-c', CHATTY] };
    const sidecar = {
      name: 'sidecar',
      image: APP_IMAGE,
      command: ['sh', '-c', 'echo beside; exec sleep 3600'],
    };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'chatty', labels: { app: 'chatty' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [chatty, sidecar] },
    };
    await apply(kubectl(), [pod], '-n', namespace);
    crashing = (await cause(kubectl(), namespace, incidents.crashLoop)).metadata.name;
    await waitForPod(kubectl(), namespace, 'chatty', 'is ready', isReady);
  });
  afterAll(() => kv.close());

  it('come whole, and as kubectl shows them', async () => {
    const { lines } = await kv.call<Logs>('k8s.logs', { pod: 'chatty', container: 'app', tailLines: 1000 });
    const shown = await succeed(kubectl(), ['logs', 'chatty', '-c', 'app', '-n', kv.client.info.namespace]);
    expect(lines.length).toBe(301);
    expect(lines.slice(0, 300)).toEqual(shown.split('\n').slice(0, 300));
  });

  it('come without escape sequences', async () => {
    const { lines } = await kv.call<Logs>('k8s.logs', { pod: 'chatty', container: 'app', tailLines: 1 });
    expect(lines).toEqual(['colour red and a bell']);
  });

  it('come by tail, by pattern and with their times', async () => {
    const { lines } = await kv.call<Logs>('k8s.logs', { pod: 'chatty', container: 'app', tailLines: 50 });
    expect(lines.length).toBe(50);
    const errors = await kv.call<Logs>('k8s.logs', {
      pod: 'chatty',
      container: 'app',
      grep: 'level=error',
      timestamps: true,
    });
    expect(errors.lines.map(line => line.replace(/^\S+ /, ''))).toEqual(
      [42, 142, 242].map(i => `level=error request ${i} failed`),
    );
    expect(errors.lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+Z level=error/);
  });

  it('name the containers where a pod has several', async () => {
    const asked = await kv.call<Logs>('k8s.logs', { pod: 'chatty' }).then(
      logs => logs.container,
      (error: Error) => error.message,
    );
    expect(asked).toMatch(/app|sidecar/);
    const { lines } = await kv.call<Logs>('k8s.logs', { pod: 'chatty', container: 'sidecar' });
    expect(lines).toEqual(['beside']);
  });

  it('of the run that crashed say why', async () => {
    const { lines } = await kv.call<Logs>('k8s.logs', { pod: crashing, previous: true });
    expect(lines).toContain('level=fatal required environment variable DATABASE_URL is not set');
  });

  it('are searched over all pods of a namespace, with context', async () => {
    const found = await kv.call<{
      total: number;
      matches: Array<{ pod: string; text: string; before: string[] }>;
    }>('k8s.grepLogs', {
      pattern: 'request 1?42 failed',
      before: 1,
    });
    expect(found.total).toBe(2);
    expect(found.matches[0]).toMatchObject({ pod: 'chatty', before: ['level=info request 41 served'] });
  });

  it('of a pod that is not there say so', async () => {
    await expect(kv.call('k8s.logs', { pod: 'chaty' })).rejects.toThrow(/chaty/);
  });

  it('exec runs a command and tells its exit code', async () => {
    const done = await kv.call('k8s.exec', {
      pod: 'chatty',
      container: 'app',
      command: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
    });
    expect(done).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n', truncated: false });
  });

  it('events of a crashing pod say that it is backed off', async () => {
    const { items } = await kv.call<{ items: Array<{ reason: string; object: string; count: number }> }>(
      'k8s.events',
      {
        kind: 'Pod',
        name: crashing,
      },
    );
    expect(items.map(event => event.reason)).toContain('BackOff');
    expect(new Set(items.map(event => event.object))).toEqual(new Set([`Pod/${crashing}`]));
  });
});
