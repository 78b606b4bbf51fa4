import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freshHome, runKv } from '../helpers/kv.ts';

const SMALL_CLUSTER = resolve('test/fixtures/small-cluster');

describe('kv cluster serve', () => {
  it('serves until it is interrupted, and then leaves nothing behind', async () => {
    const { env } = freshHome();
    const args = ['cluster', 'serve', '--snapshot', SMALL_CLUSTER, '-n', 'checkout'];
    const child = spawn(process.execPath, [resolve('bin/kv.js'), ...args], { env, stdio: 'pipe' });
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const file = /^export KUBECONFIG=(\S+)$/m.exec(line)![1]!;
    const config = parse(readFileSync(file, 'utf8'));
    expect(config.contexts[0].context.namespace).toBe('checkout');
    const { server } = config.clusters[0].cluster;
    const pods = await fetch(`${server}/api/v1/namespaces/checkout/pods`);
    expect(await pods.json()).toMatchObject({
      kind: 'PodList',
      items: [{ metadata: { namespace: 'checkout' } }],
    });
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(existsSync(file)).toBe(false);
    await expect(fetch(`${server}/version`)).rejects.toThrow();
  });

  it('says what is wrong with the snapshot or the port', async () => {
    const { env } = freshHome();
    const gone = await runKv(['cluster', 'serve', '--snapshot', '/nowhere'], env);
    expect(gone).toMatchObject({ code: 3, stderr: expect.stringContaining('/nowhere does not exist') });
    const port = await runKv(['cluster', 'serve', '--snapshot', SMALL_CLUSTER, '--port', '70000'], env);
    expect(port).toMatchObject({ code: 2, stderr: expect.stringContaining('1 to 65535') });
  });
});
