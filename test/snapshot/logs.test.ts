import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle, listOf, pod } from './helpers/bundle.ts';
import { openClient } from './helpers/client.ts';

const stamp = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.123456789Z`;
const LOGS = 'cluster-resources/pods/logs/shop';
const logOf = (name: string) => `/api/v1/namespaces/shop/pods/${name}/log`;

async function shop(pods: unknown[], files: Record<string, unknown> = {}) {
  const root = await bundle({
    'cluster-resources/pods/shop.json': listOf('Pod', 'v1', pods),
    'cluster-resources/leases/kube-node-lease.json': listOf('Lease', 'coordination.k8s.io/v1', [
      { metadata: { name: 'node-1' }, spec: { renewTime: '2026-01-01T00:01:00.000000Z' } },
    ]),
    ...files,
  });
  return { root, client: await openClient(root) };
}

const waiting = (reason: string, lastState?: object) => ({
  status: {
    phase: 'Pending',
    containerStatuses: [{ name: 'app', state: { waiting: { reason } }, ...(lastState ? { lastState } : {}) }],
  },
});
const ended = { terminated: { exitCode: 1, containerID: 'containerd://1' } };

describe('logs of a snapshot', () => {
  const stamped = Array.from({ length: 10 }, (_, i) => `${stamp(i * 6)} line ${i}\n`).join('');

  it('strips the timestamps of the kubelet unless they are asked for', async () => {
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: stamped });
    expect((await client.text(logOf('web'))).split('\n').slice(0, 2)).toEqual(['line 0', 'line 1']);
    expect(await client.text(logOf('web'), { timestamps: true })).toBe(stamped);
  });

  it('keeps what applications write at the start of their lines', async () => {
    const own = '2026-01-01T00:00:00.123Z INFO started\n2026-01-01T00:00:01.123Z INFO ready\n';
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: own });
    expect(await client.text(logOf('web'))).toBe(own);
  });

  it('honours tailLines, since and limitBytes', async () => {
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: stamped });
    const lines = async (query: Record<string, string | number>) =>
      (await client.text(logOf('web'), query)).trim();
    expect(await lines({ tailLines: 2 })).toBe('line 8\nline 9');
    expect(await lines({ tailLines: 0 })).toBe('');
    expect(await lines({ tailLines: 99 })).toMatch(/^line 0\n/);
    // The snapshot was taken at 00:01:00.
    expect(await lines({ sinceSeconds: 20 })).toBe('line 7\nline 8\nline 9');
    expect(await lines({ sinceTime: '2026-01-01T00:00:48Z', tailLines: 5 })).toBe('line 8\nline 9');
    expect(await lines({ sinceTime: '2027-01-01T00:00:00Z' })).toBe('');
    expect(await lines({ sinceTime: '2025-01-01T00:00:00Z', limitBytes: 10 })).toBe('line 0\nlin');
    for (const query of [
      { tailLines: -1 },
      { sinceSeconds: 0 },
      { limitBytes: 0 },
      { sinceSeconds: 1, sinceTime: stamp(1) },
    ]) {
      expect(await client.refused('GET', logOf('web'), undefined, { query })).toMatchObject({ code: 422 });
    }
    expect(await client.refused('GET', logOf('web'), undefined, { query: { tailLines: 'x' } })).toMatchObject(
      {
        code: 400,
      },
    );
  });

  it('puts lines without a time to the line before them', async () => {
    const trace = `${stamp(1)} boom\n\tat a\n\tat b\n${stamp(50)} later\n\tat c\n`;
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: trace });
    expect(await client.text(logOf('web'), { sinceSeconds: 30, timestamps: true })).toBe(
      `${stamp(50)} later\n\tat c\n`,
    );
  });

  it('strips lines that are longer than a block, and a last line without an end', async () => {
    const long = 'x'.repeat(700_000);
    const text = `${stamp(1)} ${long}\n${stamp(2)} short\n${stamp(3)} ${long}\n${stamp(4)} end`;
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: text });
    expect(await client.text(logOf('web'))).toBe(`${long}\nshort\n${long}\nend`);
    expect(await client.text(logOf('web'), { tailLines: 1 })).toBe('end');
  });

  it('wants a container where there are several, and knows which there are', async () => {
    const two = pod('web', 'shop', {
      spec: {
        nodeName: 'n',
        containers: [{ name: 'app' }, { name: 'proxy' }],
        initContainers: [{ name: 'setup' }],
      },
    });
    const { client } = await shop([two], { [`${LOGS}/web/proxy.log`]: 'hello\n' });
    expect((await client.refused('GET', logOf('web'))).message).toBe(
      'a container name must be specified for pod web, choose one of: [app proxy] or one of the init containers: [setup]',
    );
    expect(await client.text(logOf('web'), { container: 'proxy' })).toBe('hello\n');
    const unknown = await client.refused('GET', logOf('web'), undefined, { query: { container: 'nope' } });
    expect(unknown.message).toBe('container nope is not valid for pod web');
    expect((await client.refused('GET', logOf('none'))).message).toBe('pods "none" not found');
  });

  it('says what the kubelet says of containers that have not started', async () => {
    const { client } = await shop([
      pod('creating', 'shop', waiting('ContainerCreating')),
      pod('pulling', 'shop', waiting('ImagePullBackOff')),
      pod('unpulled', 'shop', waiting('ErrImagePull')),
      pod('unscheduled', 'shop', { spec: { containers: [{ name: 'app' }] }, status: { phase: 'Pending' } }),
    ]);
    const said = async (name: string) => (await client.refused('GET', logOf(name))).message;
    expect(await said('creating')).toBe(
      'container "app" in pod "creating" is waiting to start: ContainerCreating',
    );
    expect(await said('pulling')).toBe(
      'container "app" in pod "pulling" is waiting to start: trying and failing to pull image',
    );
    expect(await said('unpulled')).toContain("image can't be pulled");
    expect(await client.text(logOf('unscheduled'))).toBe('');
  });

  it('finds the previous run, also where it is filed under the current name', async () => {
    const restarted = {
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'app', state: { running: {} }, lastState: ended }],
      },
    };
    const { client } = await shop(
      [
        pod('looping', 'shop', waiting('CrashLoopBackOff', ended)),
        pod('restarted', 'shop', restarted),
        pod('lost', 'shop', restarted),
        pod('steady', 'shop'),
      ],
      {
        [`${LOGS}/looping/app.log`]: 'last run\n',
        [`${LOGS}/restarted/app.log`]: 'this run\n',
        [`${LOGS}/restarted/app-previous.log`]: 'last run\n',
        [`${LOGS}/lost/app.log`]: 'this run\n',
        [`${LOGS}/steady/app.log`]: 'only run\n',
      },
    );
    const previous = { previous: true };
    expect(await client.text(logOf('looping'), previous)).toBe('last run\n');
    expect(await client.text(logOf('restarted'), previous)).toBe('last run\n');
    expect(await client.text(logOf('restarted'))).toBe('this run\n');
    const refused = (name: string) => client.refused('GET', logOf(name), undefined, { query: previous });
    expect((await refused('steady')).message).toBe(
      'previous terminated container "app" in pod "steady" not found',
    );
    expect(await refused('lost')).toMatchObject({
      code: 404,
      message: 'the previous log of container "app" in pod "lost" is not in the snapshot',
    });
  });

  it('finds logs elsewhere in the bundle, and of pods it knows only from them', async () => {
    const { client } = await shop([pod('a', 'shop'), pod('b', 'shop'), pod('c', 'shop')], {
      [`${LOGS}/a.log`]: 'a\n',
      'my-collector/b/app.log': 'b\n',
      'other/shop/c/app.log': 'c\n',
      [`${LOGS}/gone/worker.log`]: 'gone\n',
    });
    for (const name of ['a', 'b', 'c', 'gone']) expect(await client.text(logOf(name))).toBe(`${name}\n`);
  });

  it('reads the end of a big log from its end', async () => {
    const { root, client } = await shop([pod('big', 'shop')], { [`${LOGS}/big/app.log`]: '' });
    const path = join(root, LOGS, 'big/app.log');
    const size = 3e9;
    const file = await open(path, 'r+');
    // A sparse file: three gigabytes that nobody could read in time, with three lines at the end.
    await file.write(Buffer.from('\nlast but one\nlast\n'), 0, undefined, size);
    await file.close();
    const started = performance.now();
    expect(await client.text(logOf('big'), { tailLines: 2 })).toBe('last but one\nlast\n');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('answers an empty log with nothing', async () => {
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: '' });
    expect(await client.text(logOf('web'))).toBe('');
    expect(await client.text(logOf('web'), { tailLines: 5, sinceSeconds: 5 })).toBe('');
  });

  it('stops reading when the caller does', async () => {
    const { client } = await shop([pod('web', 'shop')], { [`${LOGS}/web/app.log`]: 'x'.repeat(2_000_000) });
    const stop = new AbortController();
    const request = { method: 'GET' as const, path: logOf('web'), signal: stop.signal };
    const { body } = await client.transport.request(request);
    const reason = new Error('enough');
    const read = async () => {
      for await (const chunk of body) if (chunk.length > 0) stop.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });
});
