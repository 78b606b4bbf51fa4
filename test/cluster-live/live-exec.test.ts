import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createClusterClient } from '../../src/cluster/index.ts';
import type { ExecTarget } from '../../src/cluster/port.ts';
import type { Transport } from '../../src/cluster/transport.ts';
import { writeKubeconfig } from './helpers/kubeconfig.ts';
import { failure, type TestServer } from './helpers/server.ts';
import { connect, never, sentenceOf } from './helpers/transport.ts';
import { acceptWebSocket, type ServerSocket } from './helpers/web-socket.ts';

const [STDOUT, STDERR, STATUS] = [1, 2, 3];
const target: ExecTarget = { namespace: 'shop', pod: 'web', container: 'app', command: ['cat', '/etc/a b'] };
const success = JSON.stringify({ status: 'Success' });

type Session = (socket: ServerSocket, request: IncomingMessage) => void;

async function withExec(session: Session | { refuse: number }) {
  const requests: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    requests.push(request);
    failure(response, 404, 'NotFound', 'pods "web" not found');
  });
  http.on('upgrade', (request, socket) => {
    requests.push(request);
    if (typeof session !== 'function') {
      socket.end(`HTTP/1.1 ${session.refuse} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    const { 'sec-websocket-key': key = '', 'sec-websocket-protocol': protocols = '' } = request.headers;
    session(acceptWebSocket(socket, key, protocols), request);
  });
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const kubeconfig = writeKubeconfig({ server: url, user: { token: 't', as: 'jane', 'as-groups': ['dev'] } });
  const live = await connect({ url } as TestServer, { kubeconfig });
  return {
    client: live.client,
    requests,
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      http.closeAllConnections();
      http.close();
    },
  };
}

test('collects output and exit code; command, token and impersonation reach the server', async () => {
  await using run = await withExec(socket => {
    socket.send(STDOUT, 'one ');
    socket.send(STDERR, 'careful');
    socket.send(STDOUT, 'two');
    socket.send(STATUS, success);
  });
  expect(await run.client.exec(target, never)).toEqual({
    exitCode: 0,
    stdout: 'one two',
    stderr: 'careful',
    truncated: false,
  });
  const [request] = run.requests;
  expect(request!.url).toBe(
    '/api/v1/namespaces/shop/pods/web/exec?stdout=true&stderr=true&stdin=false&tty=false&command=cat&command=%2Fetc%2Fa%20b&container=app',
  );
  expect(request!.headers).toMatchObject({
    authorization: 'Bearer t',
    'impersonate-user': 'jane',
    'impersonate-group': 'dev',
  });
});

test('a command that fails gives its exit code, one that cannot start an error', async () => {
  const answers = [
    {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    },
    {
      status: 'Failure',
      reason: 'InternalError',
      message: 'exec: "cat": executable file not found in $PATH',
    },
  ];
  await using run = await withExec(socket => socket.send(STATUS, JSON.stringify(answers.shift())));
  expect(await run.client.exec(target, never)).toMatchObject({ exitCode: 3 });
  expect(await sentenceOf(run.client.exec(target, never))).toContain(
    'The command cat could not run in pod web: exec: "cat": executable file not found in $PATH.',
  );
});

test('output beyond the limit is cut and ends the session', async () => {
  let socket: ServerSocket | undefined;
  await using run = await withExec(opened => {
    socket = opened;
    opened.send(STDOUT, 'x'.repeat(100));
  });
  expect(await run.client.exec({ ...target, maxBytes: 10 }, never)).toEqual({
    exitCode: -1,
    stdout: 'x'.repeat(10),
    stderr: '',
    truncated: true,
  });
  await socket!.gone;
});

test('an abort ends the session, a connection that closes early is an error', async () => {
  const controller = new AbortController();
  const reason = new Error('stopped');
  await using hanging = await withExec(() => controller.abort(reason));
  await expect(hanging.client.exec(target, controller.signal)).rejects.toBe(reason);
  await using closing = await withExec(socket => socket.close());
  expect(await sentenceOf(closing.client.exec(target, never))).toContain(
    'the connection closed before the command ended',
  );
});

test('a refused upgrade is explained by what the server says without one', async () => {
  await using run = await withExec({ refuse: 404 });
  expect(await sentenceOf(run.client.exec(target, never))).toContain('pods "web" not found');
});

test('a transport without containers says so', async () => {
  const info = { source: 'snapshot', context: 'small', server: '/tmp/small', namespace: 'default' } as const;
  const unused = async () => {
    throw new Error('not reached');
  };
  const snapshot: Transport = { info, request: unused, close: async () => undefined };
  expect(await sentenceOf(createClusterClient(snapshot).exec(target, never))).toBe(
    'Commands cannot run in containers of small: it is a snapshot. Connect to the live cluster for exec.',
  );
});
