import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openSnapshot, type ServedCluster, serveCluster } from '../../src/cluster/index.ts';
import { SMALL_CLUSTER } from './helpers/client.ts';

const open: ServedCluster[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(served => served.close()));
});

async function serve(): Promise<ServedCluster & { token: string; port: number }> {
  const transport = await openSnapshot(SMALL_CLUSTER, { signal: AbortSignal.timeout(10_000) });
  const served = await serveCluster(transport);
  open.push(served);
  const { port, pathname } = new URL(served.url);
  return { ...served, token: pathname.slice(1), port: Number(port) };
}

/** What the server says to these very bytes until it hangs up. */
function say(port: number, bytes: string): Promise<string> {
  return new Promise(resolve => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', chunk => {
      said += chunk.toString('utf8');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
  });
}

const get = (path: string, method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;

describe('a served snapshot', () => {
  it('has nothing outside its paths, however they are written', async () => {
    const { port, token } = await serve();
    const paths = [
      `/${token}/../../../etc/passwd`,
      `/${token}/%2e%2e/%2e%2e/etc/passwd`,
      `/${token}/api/v1/namespaces/..%2f..%2f..%2fetc/pods/passwd`,
      `/${token}/api/v1/namespaces/..%2f..%2fetc/pods/passwd/log?container=..%2f..%2fpasswd`,
      `/${token}/api/v1/namespaces/%00/pods`,
      `/${token}/api/v1/namespaces/%zz/pods`,
      `/${token}/apis/..%2f..%2f/v1/x`,
      `http://elsewhere.example/${token.slice(0, -1)}/api`,
      `/${token.slice(0, -1)}/api`,
      `//${token}/api`,
      '*',
      'http://[',
    ];
    for (const path of paths) {
      const said = await say(port, get(path));
      expect([path, said.split('\r\n')[0]]).toEqual([path, expect.stringMatching(/ [45]\d\d |200/)]);
      expect([path, said]).not.toEqual([path, expect.stringContaining('root:')]);
      expect([path, said]).not.toEqual([path, expect.stringContaining(token)]);
      if (!path.startsWith(`/${token}/`)) expect(said.split('\r\n')[0]).not.toContain('200');
    }
    const doubled = await say(port, get(`/${token}//api//v1/namespaces`));
    expect(doubled.split('\r\n')[0]).toMatch(/200|404/);
  });

  it('answers methods that it does not know, and goes on', async () => {
    const { port, token, url } = await serve();
    for (const method of ['OPTIONS', 'HEAD', 'TRACE', 'PURGE']) {
      const said = await say(port, get(`/${token}/api/v1/namespaces`, method));
      expect([method, said.split('\r\n')[0]]).toEqual([method, expect.stringMatching(/ (405|200) /)]);
      expect(said).not.toContain('Access-Control-Allow');
    }
    await say(port, get('elsewhere.example:443', 'CONNECT'));
    await say(port, 'nonsense\r\n\r\n');
    expect((await fetch(`${url}/version`)).status).toBe(200);
  });

  it('refuses bodies that are too large or grow when read, and says so', async () => {
    const { url } = await serve();
    const path = `${url}/api/v1/namespaces/checkout/configmaps`;
    const post = (body: string, type: string) =>
      fetch(path, { method: 'POST', headers: { 'content-type': type }, body });
    const large = await post('x'.repeat(8 * 1024 * 1024), 'application/json');
    expect([large.status, await large.json()]).toMatchObject([413, { reason: 'RequestEntityTooLarge' }]);
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    const bomb = await post(`l0: &l0 [x]\n${levels.join('\n')}\n`, 'application/yaml');
    expect(bomb.status).toBe(400);
    expect((await fetch(`${url}/version`)).status).toBe(200);
  });

  it('lets go of clients that leave in the middle, or never finish asking', async () => {
    const served = await serve();
    const leave = new AbortController();
    const watches = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${served.url}/api/v1/pods?watch=1`, { signal: leave.signal })),
    );
    expect(watches.map(({ status }) => status)).toEqual(watches.map(() => 200));
    leave.abort();
    const slow = say(
      served.port,
      `POST /${served.token}/api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`,
    );
    expect((await fetch(`${served.url}/version`)).status).toBe(200);
    await served.close();
    await expect(slow).resolves.toBe('');
  });
});
