import { describe, expect, test } from 'vitest';
import { type GrepQuery, grepLogs } from '../../src/cluster/index.ts';
import type { LogLine, LogQuery } from '../../src/cluster/port.ts';
import { FakeApi, pod } from './helpers/fake-api.ts';
import { failure, startServer } from './helpers/server.ts';
import { connect, errorOf, never, sentenceOf } from './helpers/transport.ts';

type Answer = string | Buffer[] | { code: number; message: string };

/** A server whose logs are given by `pod/container`, and whose objects are the API's. */
async function withLogs(logs: Record<string, Answer>, prepare: (api: FakeApi) => void = () => undefined) {
  const api = new FakeApi();
  api.add('namespaces.', { metadata: { name: 'shop' } });
  prepare(api);
  let inFlight = 0;
  const load = { most: 0 };
  api.intercept = (request, response) => {
    const name = /\/pods\/([^/]+)\/log$/.exec(request.url.pathname)?.[1];
    if (!name) return false;
    inFlight += 1;
    load.most = Math.max(load.most, inFlight);
    setImmediate(() => {
      inFlight -= 1;
      const answer = logs[`${name}/${request.url.searchParams.get('container') ?? ''}`];
      if (answer === undefined) failure(response, 404, 'NotFound', `pods "${name}" not found`);
      else if (Array.isArray(answer)) {
        for (const part of answer) response.write(part);
        response.end();
      } else if (typeof answer === 'string') response.end(answer);
      else failure(response, answer.code, 'BadRequest', answer.message);
    });
    return true;
  };
  const server = await startServer(api.handler);
  const live = await connect(server);
  const read = async (query: Partial<LogQuery>) => {
    const lines: LogLine[] = [];
    for await (const line of live.client.logs(
      { namespace: 'shop', pod: 'web', container: 'app', ...query },
      never,
    )) {
      lines.push(line);
    }
    return lines;
  };
  return {
    client: live.client,
    server,
    load,
    read,
    grep: (query: Partial<GrepQuery>) =>
      grepLogs(
        live.client,
        { namespace: 'shop', pods: [{ pod: 'web', containers: ['app'] }], pattern: 'x', ...query },
        never,
      ),
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const stamped = (lines: string[]) =>
  lines.map((line, i) => `2026-01-02T03:04:${String(i % 60).padStart(2, '0')}.123456789Z ${line}\n`).join('');

describe('logs', () => {
  test('are split into time and text, cleaned, whatever the cuts between bytes', async () => {
    const bytes = Buffer.from(
      stamped(['starting', '\u001b[31mfehler: größer\u001b[0m', '', 'last']).slice(0, -1),
    );
    await using run = await withLogs({ 'web/app': Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)) });
    expect(await run.read({})).toEqual([
      { time: '2026-01-02T03:04:00.123456789Z', text: 'starting' },
      { time: '2026-01-02T03:04:01.123456789Z', text: 'fehler: größer' },
      { time: '2026-01-02T03:04:02.123456789Z', text: '' },
      { time: '2026-01-02T03:04:03.123456789Z', text: 'last' },
    ]);
  });

  test('every option reaches the server, timestamps always', async () => {
    await using run = await withLogs({ 'web/app': '' });
    expect(await run.read({ previous: true, tailLines: 5, sinceSeconds: 60, limitBytes: 100 })).toEqual([]);
    expect(Object.fromEntries(run.server.seen.at(-1)!.url.searchParams)).toEqual({
      timestamps: 'true',
      container: 'app',
      previous: 'true',
      tailLines: '5',
      sinceSeconds: '60',
      limitBytes: '100',
    });
  });

  test('a body that only says that the log cannot be read is an error', async () => {
    await using run = await withLogs({
      'web/app': 'unable to retrieve container logs for containerd://4fa1',
    });
    expect(await sentenceOf(run.read({ previous: true }))).toContain(
      'The previous log of container app in pod web is gone: the node could not read it (unable to retrieve container logs for containerd://4fa1).',
    );
  });

  test.each([
    [
      'a container name must be specified for pod web, choose one of: [app proxy]',
      'The pod web has several containers. Name one with container: app, proxy.',
    ],
    [
      'container "app" in pod "web" is waiting to start: CreateContainerConfigError',
      'has not started (CreateContainerConfigError)',
    ],
    [
      'previous terminated container "app" in pod "web" not found',
      'has no previous log: it has not been restarted. Read the current log',
    ],
  ])('%s', async (message, sentence) => {
    await using run = await withLogs({ 'web/app': { code: 400, message } });
    expect(await sentenceOf(run.read({}))).toContain(sentence);
  });

  test('a pod that is not there names the nearest', async () => {
    await using run = await withLogs({}, api => api.add('pods.', pod('shop', 'web-6d4f-x1')));
    expect(await sentenceOf(run.read({}))).toContain(
      'The Pod web does not exist in the namespace shop. Did you mean web-6d4f-x1?',
    );
  });

  test('a followed log has no deadline and ends with its reader', async () => {
    await using run = await withLogs({ 'web/app': stamped(['one', 'two', 'three']) });
    for await (const { text } of run.client.logs(
      { namespace: 'shop', pod: 'web', container: 'app', follow: true },
      never,
    )) {
      expect(text).toBe('one');
      break;
    }
    expect(run.server.seen.at(-1)!.url.searchParams.get('follow')).toBe('true');
  });
});

describe('grep', () => {
  const lines = ['alpha', 'beta 1', 'Timeout: db', 'gamma', 'timeout: cache', 'delta'];

  test('finds plain text with context, line numbers and times', async () => {
    await using run = await withLogs({ 'web/app': stamped(lines) });
    const result = await run.grep({ pattern: 'timeout', before: 1, after: 1 });
    expect(result).toEqual({
      matches: [
        {
          namespace: 'shop',
          pod: 'web',
          container: 'app',
          line: 5,
          time: '2026-01-02T03:04:04.123456789Z',
          text: 'timeout: cache',
          before: ['gamma'],
          after: ['delta'],
        },
      ],
      counts: [{ namespace: 'shop', pod: 'web', container: 'app', matches: 1, lines: 6 }],
      total: 1,
      truncated: false,
      failures: [],
    });
  });

  test.each<[string, Partial<GrepQuery>, string[]]>([
    ['ignoring case', { pattern: 'TIMEOUT', ignoreCase: true }, ['Timeout: db', 'timeout: cache']],
    ['by inline flag', { pattern: '(?i)timeout' }, ['Timeout: db', 'timeout: cache']],
    ['alternatives', { pattern: 'beta|gamma' }, ['beta 1', 'gamma']],
    ['escaped text', { pattern: 'timeout\\: cache' }, ['timeout: cache']],
    ['a regular expression', { pattern: '^\\w+ \\d$' }, ['beta 1']],
    ['text that only the timestamp holds', { pattern: '2026-01' }, []],
  ])('%s', async (_name, query, expected) => {
    await using run = await withLogs({ 'web/app': stamped(lines) });
    expect((await run.grep(query)).matches.map(match => match.text)).toEqual(expected);
  });

  test('context reaches across the blocks in which the log arrives', async () => {
    const bytes = Buffer.from(stamped(lines));
    const parts = Array.from({ length: Math.ceil(bytes.length / 40) }, (_, i) =>
      bytes.subarray(i * 40, i * 40 + 40),
    );
    await using run = await withLogs({ 'web/app': parts });
    const [match] = (await run.grep({ pattern: 'gamma', before: 2, after: 2 })).matches;
    expect(match).toMatchObject({
      line: 4,
      before: ['beta 1', 'Timeout: db'],
      after: ['timeout: cache', 'delta'],
    });
  });

  test('many pods at once, at most 16 in flight, in the order asked for, limits by pod and in all, failures listed', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const logs: Record<string, Answer> = Object.fromEntries(
      names.map(name => [`${name}/app`, stamped(['x 1', 'y', 'x 2', 'x 3'])]),
    );
    logs['p3/app'] = {
      code: 400,
      message: 'container "app" in pod "p3" is waiting to start: PodInitializing',
    };
    await using run = await withLogs(logs);
    const pods = names.map(name => ({ pod: name, containers: ['app'] }));
    const result = await run.grep({ pods, pattern: 'x', maxMatchesPerPod: 2, maxMatches: 5 });
    expect(result.matches.map(match => `${match.pod} ${match.text}`)).toEqual([
      'p0 x 1',
      'p0 x 2',
      'p1 x 1',
      'p1 x 2',
      'p2 x 1',
    ]);
    expect(result).toMatchObject({ total: 39 * 3, truncated: true });
    expect(result.failures).toEqual([
      {
        namespace: 'shop',
        pod: 'p3',
        container: 'app',
        message: expect.stringContaining('has not started (PodInitializing)'),
      },
    ]);
    expect(run.load.most).toBeGreaterThan(1);
    expect(run.load.most).toBeLessThanOrEqual(16);
  });

  test('a pattern that would hang a backtracking engine does not', async () => {
    await using run = await withLogs({ 'web/app': stamped([`${'a'.repeat(50_000)}!`]) });
    const started = performance.now();
    expect((await run.grep({ pattern: '(a+)+$' })).total).toBe(0);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test.each([
    ['(?=x)', '"(?=x)" is not a valid pattern'],
    ['[a', 'missing closing ]'],
    ['', 'it is empty'],
    ['x'.repeat(3_000), 'longer than 2000 characters'],
  ])('invalid pattern %#', async (pattern, sentence) => {
    await using run = await withLogs({});
    const error = await errorOf(run.grep({ pattern }));
    expect(error.sentence).toContain(sentence);
    expect(error.hint).toContain('RE2');
    expect(run.server.seen).toEqual([]);
  });
});
