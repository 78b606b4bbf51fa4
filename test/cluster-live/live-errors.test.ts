import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLiveTransport, listContexts } from '../../src/cluster/index.ts';
import { readJson, readText } from '../../src/cluster/transport.ts';
import { type Authority, createAuthority, type Issued } from './helpers/certificates.ts';
import { ManualClock, SleepingClock } from './helpers/clock.ts';
import { kubeconfig, temporaryDirectory, writeKubeconfig } from './helpers/kubeconfig.ts';
import { failure, json, startServer, type TestServer } from './helpers/server.ts';
import { connect, errorOf, never, sentenceOf } from './helpers/transport.ts';

const read = { method: 'GET', path: '/version', signal: never, timeoutMs: 0 } as const;
const open = (kubeconfigPath: string | undefined, more: object = {}) =>
  createLiveTransport({
    kubeconfig: kubeconfigPath,
    signal: never,
    env: {},
    clock: new SleepingClock(),
    random: () => 1,
    ...more,
  });

async function ask(kubeconfigPath: string, more: object = {}): Promise<unknown> {
  const transport = await open(kubeconfigPath, more);
  try {
    return await readJson(await transport.request(read));
  } finally {
    await transport.close();
  }
}

describe('a kubeconfig that cannot be used', () => {
  test('none at all', async () => {
    const home = temporaryDirectory();
    const error = await errorOf(open(undefined, { env: { HOME: home } }));
    expect(error.kind).toBe('cluster-unreachable');
    expect(error.sentence).toContain(`There is no kubeconfig: ${home}/.kube/config does not exist`);
    expect(error.hint).toContain('--snapshot');
    const empty = join(home, 'empty');
    writeFileSync(empty, '\n');
    expect(await sentenceOf(open(empty))).toContain('does not exist or is empty');
  });

  test('one that was named and is not there, or is a directory', async () => {
    const directory = temporaryDirectory();
    expect(await sentenceOf(open(join(directory, 'nope')))).toContain(`${directory}/nope does not exist`);
    expect(await sentenceOf(open(directory))).toContain('is a directory');
  });

  test('malformed YAML names the line and shows nothing of the file', async () => {
    const path = join(temporaryDirectory(), 'config');
    writeFileSync(path, 'users:\n- name: x\n  user: {token: "very-secret\n');
    const sentence = await sentenceOf(open(path));
    expect(sentence).toMatch(/The kubeconfig .*config is malformed: .*line \d/);
    expect(sentence).not.toContain('very-secret');
    writeFileSync(path, 'just words');
    expect(await sentenceOf(open(path))).toContain('it holds no YAML mapping');
    writeFileSync(path, 'clusters: {a: b}');
    expect(await sentenceOf(open(path))).toContain('`clusters` is not a list');
  });

  test('an unknown context names the nearest ones', async () => {
    const path = writeKubeconfig({ server: 'https://127.0.0.1:1', context: 'staging' });
    expect(await sentenceOf(open(path, { context: 'stagign' }))).toBe(
      `The context stagign does not exist in ${path}. Did you mean staging?`,
    );
    expect(await sentenceOf(open(path, { context: 'zzz' }))).toContain('It has: staging.');
  });

  test('no current context, a cluster that is missing, and a server that is no URL', async () => {
    const path = join(temporaryDirectory(), 'config');
    const whole = kubeconfig({ server: 'https://127.0.0.1:1', context: 'a' });
    writeFileSync(path, JSON.stringify({ ...whole, 'current-context': '' }));
    expect(await sentenceOf(open(path))).toContain('No context is chosen');
    writeFileSync(path, JSON.stringify({ ...whole, clusters: [] }));
    expect(await sentenceOf(open(path))).toContain('names the cluster a-cluster, for which');
    writeKubeconfig({ server: 'localhost:6443' }, join(path, '..'));
    expect(await sentenceOf(open(path))).toContain('is not an http(s) URL');
  });

  test('KUBECONFIG lists: missing files are passed over, the first definition wins, relative paths hold', async () => {
    await using server = await startServer((request, response) =>
      json(response, { token: request.headers.authorization }),
    );
    const [first, second] = [temporaryDirectory(), temporaryDirectory()];
    writeFileSync(join(second, 'token'), 'from-file\n');
    writeKubeconfig({ server: server.url, context: 'one', user: { tokenFile: 'token' } }, second);
    writeKubeconfig({ server: 'http://127.0.0.1:1', context: 'two' }, first);
    const env = {
      KUBECONFIG: [join(first, 'config'), join(first, 'missing'), join(second, 'config')].join(':'),
    };
    const contexts = await listContexts(undefined, env);
    expect(contexts.map(({ name, current }) => ({ name, current }))).toEqual([
      { name: 'two', current: true },
      { name: 'one', current: false },
    ]);
    const transport = await open(undefined, { env, context: 'one' });
    expect(await readJson(await transport.request(read))).toEqual({ token: 'Bearer from-file' });
    expect(transport.info).toMatchObject({
      source: 'live',
      context: 'one',
      server: server.url,
      namespace: 'default',
    });
    await transport.close();
  });
});

describe('a server that cannot be reached', () => {
  let authority: Authority;
  let leaf: Issued;
  beforeAll(() => {
    authority = createAuthority();
    leaf = authority.issue({ names: ['127.0.0.1', 'localhost'] });
  });

  async function secure(issued: Issued): Promise<TestServer> {
    return startServer((_request, response) => json(response, { ok: true }), issued);
  }

  test('refused', async () => {
    const error = await errorOf(ask(writeKubeconfig({ server: 'https://127.0.0.1:9' })));
    expect(error.kind).toBe('cluster-unreachable');
    expect(error.sentence).toMatch(
      /^The cluster cannot be reached \(context test, server https:\/\/127\.0\.0\.1:9\): the connection was refused\. Start the cluster or correct/,
    );
  });

  test('a name that does not resolve', async () => {
    const path = writeKubeconfig({ server: 'https://no-such-host.invalid:6443' });
    expect(await sentenceOf(ask(path))).toContain('the name no-such-host.invalid cannot be resolved');
  });

  test('a CA that is trusted lets requests through', async () => {
    await using server = await secure(leaf);
    expect(await ask(writeKubeconfig({ server: server.url, ca: authority.ca }))).toEqual({ ok: true });
  });

  test('an unknown CA, with and without another CA in the kubeconfig', async () => {
    await using server = await secure(leaf);
    const expected = "the server's certificate was signed by an unknown authority";
    expect(await sentenceOf(ask(writeKubeconfig({ server: server.url })))).toContain(expected);
    const other = createAuthority().ca;
    expect(await sentenceOf(ask(writeKubeconfig({ server: server.url, ca: other })))).toContain(expected);
  });

  test('insecure-skip-tls-verify is honoured', async () => {
    await using server = await secure(leaf);
    const path = writeKubeconfig({ server: server.url, cluster: { 'insecure-skip-tls-verify': true } });
    expect(await ask(path)).toEqual({ ok: true });
  });

  test('an expired certificate', async () => {
    await using server = await secure(authority.issue({ names: ['127.0.0.1'], days: -1 }));
    const path = writeKubeconfig({ server: server.url, ca: authority.ca });
    expect(await sentenceOf(ask(path))).toContain('the certificate has expired');
  });

  test('a certificate for another name, and tls-server-name', async () => {
    await using server = await secure(authority.issue({ names: ['api.example.com'] }));
    const path = writeKubeconfig({ server: server.url, ca: authority.ca });
    expect(await sentenceOf(ask(path))).toContain(
      "the server's certificate is not for the name 127.0.0.1, but for api.example.com",
    );
    const named = { server: server.url, ca: authority.ca, cluster: { 'tls-server-name': 'api.example.com' } };
    expect(await ask(writeKubeconfig(named))).toEqual({ ok: true });
  });

  test('HTTPS against plain HTTP', async () => {
    await using server = await startServer((_request, response) => json(response, {}));
    const path = writeKubeconfig({ server: server.url.replace('http:', 'https:') });
    expect(await sentenceOf(ask(path))).toContain('the server speaks plain HTTP, not HTTPS');
  });

  test('client certificates are presented', async () => {
    const tls = { ...leaf, ca: authority.ca, requestCert: true };
    await using server = await startServer((_request, response) => {
      const socket = response.socket as import('node:tls').TLSSocket;
      json(response, { user: socket.getPeerCertificate().subject?.CN });
    }, tls);
    const client = authority.issue({ names: [], clientName: 'jane' });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) };
    expect(await ask(writeKubeconfig({ server: server.url, ca: authority.ca, user }))).toEqual({
      user: 'jane',
    });
    const broken = { 'client-certificate': '/nowhere/tls.crt', 'client-key': '/nowhere/tls.key' };
    expect(await sentenceOf(ask(writeKubeconfig({ server: server.url, user: broken })))).toContain(
      'The credential file /nowhere/tls.crt does not exist',
    );
  });

  test('a proxy from the environment is used, named when it refuses, and left out by NO_PROXY', async () => {
    const asked: string[] = [];
    const proxy = createServer(socket => {
      socket.once('data', data => {
        asked.push(data.toString().split('\r\n')[0]!);
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      });
    });
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as import('node:net').AddressInfo;
    const path = writeKubeconfig({ server: 'https://cluster.invalid:6443' });
    const HTTPS_PROXY = `http://127.0.0.1:${port}`;
    expect(await sentenceOf(ask(path, { env: { HTTPS_PROXY } }))).toContain(
      `the proxy ${HTTPS_PROXY} answered 407`,
    );
    expect(asked).toContain('CONNECT cluster.invalid:6443 HTTP/1.1');
    expect(await sentenceOf(ask(path, { env: { HTTPS_PROXY, NO_PROXY: '.invalid' } }))).toContain(
      'cannot be resolved',
    );
    proxy.close();
  });
});

describe('credentials', () => {
  let server: TestServer;
  let valid = 'good';
  beforeAll(async () => {
    server = await startServer((request, response) =>
      request.headers.authorization === `Bearer ${valid}`
        ? json(response, { ok: true })
        : failure(response, 401, 'Unauthorized', 'Unauthorized'),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('an expired or wrong token', async () => {
    const error = await errorOf(ask(writeKubeconfig({ server: server.url, user: { token: 'stale' } })));
    expect(error.kind).toBe('cluster-unreachable');
    expect(error.sentence).toContain(
      `The cluster does not accept these credentials (context test, server ${server.url}): they are expired or wrong. Log in again`,
    );
    expect(error.sentence).not.toContain('stale');
  });

  test('after a 401 the kubeconfig is read again, once, so that a new login is picked up', async () => {
    const directory = temporaryDirectory();
    const path = writeKubeconfig({ server: server.url, user: { token: 'good' } }, directory);
    await using live = await connect(server, { kubeconfig: path });
    await readText(await live.transport.request(read));
    valid = 'newer';
    writeKubeconfig({ server: server.url, user: { token: 'newer' } }, directory);
    const before = server.seen.length;
    await readText(await live.transport.request(read));
    expect(server.seen.length - before).toBe(2);
    valid = 'good';
  });

  function plugin(script: string): string {
    const path = join(temporaryDirectory(), 'plugin.sh');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const exec = (command: string, more: object = {}) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more },
  });
  const credential = (token: string, expires = '2999-01-01T00:00:00Z') =>
    `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${token}","expirationTimestamp":"${expires}"}}'`;

  test('an exec plugin gives the token, is promised KUBERNETES_EXEC_INFO, and its token is kept until it is refused', async () => {
    const directory = temporaryDirectory();
    const command = plugin(
      `test -n "$KUBERNETES_EXEC_INFO" || exit 9\necho run >> ${directory}/runs\n${credential('good')}`,
    );
    const path = writeKubeconfig({ server: server.url, user: exec(command) });
    await using live = await connect(server, { kubeconfig: path });
    for (let i = 0; i < 3; i++) await readText(await live.transport.request(read));
    expect(readFileSync(`${directory}/runs`, 'utf8')).toBe('run\n');
    valid = 'other';
    await errorOf(live.transport.request(read));
    expect(readFileSync(`${directory}/runs`, 'utf8')).toBe('run\nrun\n');
    valid = 'good';
  });

  test('an exec plugin that is missing, fails, or prints nonsense', async () => {
    const missing = writeKubeconfig({
      server: server.url,
      user: exec('kv-no-such-plugin', { installHint: 'Install it with brew install kv-no-such-plugin.' }),
    });
    expect(await sentenceOf(ask(missing))).toBe(
      `The credential plugin kv-no-such-plugin is not installed (context test, server ${server.url}). Install it with brew install kv-no-such-plugin.`,
    );
    const failing = plugin('printf "\\033[31mtoken expired:\\033[0m run sso login\\n" >&2\nexit 3');
    expect(await sentenceOf(ask(writeKubeconfig({ server: server.url, user: exec(failing) })))).toContain(
      `The credential plugin ${failing} failed (context test, server ${server.url}): token expired: run sso login. Log in again`,
    );
    const chatty = plugin('echo not json but secret-value');
    const sentence = await sentenceOf(ask(writeKubeconfig({ server: server.url, user: exec(chatty) })));
    expect(sentence).toContain('it did not print an ExecCredential');
    expect(sentence).not.toContain('secret-value');
  });

  test('an exec plugin that hangs does not outlive the call', async () => {
    const path = writeKubeconfig({ server: server.url, user: exec(plugin('exec sleep 5')) });
    const transport = await open(path);
    const reason = new Error('stopped');
    const controller = new AbortController();
    const pending = transport.request({ ...read, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(pending).rejects.toBe(reason);
    await transport.close();
  });

  test('an exec plugin that hangs until the deadline is named', async () => {
    const command = plugin('exec sleep 5');
    const path = writeKubeconfig({ server: server.url, user: exec(command) });
    const clock = new ManualClock();
    const transport = await open(path, { clock });
    const pending = sentenceOf(transport.request({ ...read, timeoutMs: 3_000 }));
    await clock.sleeping(1);
    await new Promise(setImmediate);
    clock.advance(3_000);
    expect(await pending).toBe(
      `The credential plugin ${command} did not finish within 3.0 s (context test, server ${server.url}). Run it by hand once: it may be waiting for a login or a passphrase.`,
    );
    await transport.close();
  });

  test('impersonation is sent, from the options and from the kubeconfig', async () => {
    await using echo = await startServer((request, response) => json(response, request.headers));
    const user = { token: 't', as: 'from-file', 'as-groups': ['g1', 'g2'] };
    const path = writeKubeconfig({ server: echo.url, user });
    expect(await ask(path)).toMatchObject({ 'impersonate-user': 'from-file', 'impersonate-group': 'g1, g2' });
    expect(await ask(path, { as: 'jane', asGroups: ['dev'] })).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-group': 'dev',
    });
  });

  test('forbidden says who may not do what, where', async () => {
    await using strict = await startServer((request, response) =>
      failure(
        response,
        403,
        'Forbidden',
        request.url.pathname === '/version'
          ? 'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" in the namespace "shop"'
          : 'forbidden: User "system:anonymous" cannot get path "/livez"',
      ),
    );
    await using live = await connect(strict);
    const error = await errorOf(live.transport.request(read));
    expect(error.kind).toBe('failed');
    expect(error.sentence).toBe(
      `The user jane may not list deployments.apps in the namespace shop (context test, server ${strict.url}). Ask a cluster administrator for a role with the verb list on deployments.apps, or choose another context or user.`,
    );
    expect(error.facts).toMatchObject({ statusCode: 403, reason: 'Forbidden' });
    expect(await sentenceOf(live.transport.request({ ...read, path: '/livez' }))).toContain(
      'The user system:anonymous may not get the path /livez',
    );
  });
});
