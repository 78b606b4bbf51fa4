import { connect as netConnect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readJson, readText } from '../../src/cluster/transport.ts';
import { ManualClock } from './helpers/clock.ts';
import { failure, json, startServer } from './helpers/server.ts';
import { connect, errorOf, never, sentenceOf } from './helpers/transport.ts';

const read = { method: 'GET', path: '/api/v1/pods', signal: never, timeoutMs: 0 } as const;
const write = {
  method: 'POST',
  path: '/api/v1/namespaces/shop/pods',
  body: {},
  signal: never,
  timeoutMs: 0,
} as const;

describe('retries', () => {
  test('a read is repeated on 5xx with doubling waits, bounded, and then succeeds', async () => {
    let calls = 0;
    await using server = await startServer((_request, response) => {
      calls += 1;
      if (calls <= 4) failure(response, 503, 'ServiceUnavailable', 'etcd is away');
      else json(response, { ok: true });
    });
    await using live = await connect(server, { retry: { maxMs: 1_000 } });
    expect(await readJson(await live.transport.request(read))).toEqual({ ok: true });
    expect(live.clock.sleeps).toEqual([200, 400, 800, 1_000]);
  });

  test('jitter is full: the wait is the random share of the bound', async () => {
    let calls = 0;
    await using server = await startServer((_request, response) =>
      ++calls === 1 ? failure(response, 500, 'InternalError', 'x') : json(response, {}),
    );
    await using live = await connect(server, { random: () => 0.25 });
    await readText(await live.transport.request(read));
    expect(live.clock.sleeps).toEqual([50]);
  });

  test('after the last attempt the error names the status, the context and the server', async () => {
    await using server = await startServer((_request, response) =>
      failure(response, 503, 'ServiceUnavailable', 'etcd is away'),
    );
    await using live = await connect(server);
    const error = await errorOf(live.transport.request(read));
    expect(error.sentence).toContain(`context test, server ${server.url}`);
    expect(error.sentence).toContain('503 etcd is away');
    expect(server.seen).toHaveLength(5);
  });

  test('Retry-After in seconds, as a date and in the Status is waited for', async () => {
    const answers: Array<Record<string, string>> = [
      { 'retry-after': '3' },
      { 'retry-after': new Date(Date.now() + 20_000).toUTCString() },
      {},
    ];
    await using server = await startServer((_request, response) => {
      const headers = answers.shift();
      if (!headers) return json(response, {});
      failure(response, 429, 'TooManyRequests', 'slow down', { headers, details: { retryAfterSeconds: 7 } });
    });
    await using live = await connect(server);
    await readText(await live.transport.request(read));
    expect(live.clock.sleeps[0]).toBe(3_000);
    expect(live.clock.sleeps[1]).toBeGreaterThan(17_000);
    expect(live.clock.sleeps[2]).toBe(7_000);
  });

  test('a Retry-After beyond the deadline is not waited for', async () => {
    await using server = await startServer((_request, response) =>
      failure(response, 429, 'TooManyRequests', 'slow down', { headers: { 'retry-after': '3600' } }),
    );
    const clock = new ManualClock();
    await using live = await connect(server, { clock });
    expect(await sentenceOf(live.transport.request({ ...read, timeoutMs: 5_000 }))).toContain(
      '429 slow down',
    );
    expect(server.seen).toHaveLength(1);
  });

  test('a read is repeated after a cut connection', async () => {
    let calls = 0;
    await using server = await startServer((_request, response) => {
      calls += 1;
      if (calls < 3) response.socket?.resetAndDestroy();
      else json(response, { ok: true });
    });
    await using live = await connect(server);
    expect(await readJson(await live.transport.request(read))).toEqual({ ok: true });
    expect(live.clock.sleeps).toEqual([200, 400]);
  });

  test.each([
    [
      '5xx',
      (response: Parameters<typeof failure>[0]) => failure(response, 500, 'InternalError', 'half done'),
    ],
    [
      'a cut connection',
      (response: Parameters<typeof failure>[0]) => void response.socket?.resetAndDestroy(),
    ],
  ])('a write that may have been applied is sent once: %s', async (_name, answer) => {
    await using server = await startServer((_request, response) => answer(response));
    await using live = await connect(server);
    await errorOf(live.transport.request(write));
    expect(server.seen).toHaveLength(1);
    expect(live.clock.sleeps).toEqual([]);
  });

  test('a write is repeated on 429, and so is a dry run on 5xx', async () => {
    let calls = 0;
    await using server = await startServer((request, response) => {
      calls += 1;
      if (calls % 2 === 0) return json(response, { ok: true }, 201);
      if (request.url.searchParams.get('dryRun')) failure(response, 503, 'ServiceUnavailable', 'x');
      else failure(response, 429, 'TooManyRequests', 'x');
    });
    await using live = await connect(server);
    expect((await live.transport.request(write)).status).toBe(201);
    expect((await live.transport.request({ ...write, query: { dryRun: 'All' } })).status).toBe(201);
    expect(server.seen).toHaveLength(4);
  });

  test('a write is repeated on a refused connection', async () => {
    const gone = await startServer((_request, response) => json(response, {}));
    await gone[Symbol.asyncDispose]();
    await expect(
      new Promise((_resolve, reject) => netConnect(gone.port, '127.0.0.1').on('error', reject)),
    ).rejects.toThrow('ECONNREFUSED');
    await using live = await connect(gone);
    expect(await sentenceOf(live.transport.request(write))).toContain('the connection was refused');
    expect(live.clock.sleeps).toEqual([200, 400, 800, 1_600]);
  });

  test('an eviction that a disruption budget forbids is an answer, not a traffic jam', async () => {
    await using server = await startServer((_request, response) =>
      failure(response, 429, 'TooManyRequests', 'Cannot evict pod', {
        details: {
          causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods' }],
        },
      }),
    );
    await using live = await connect(server);
    const path = '/api/v1/namespaces/shop/pods/web-1/eviction';
    expect(await sentenceOf(live.transport.request({ ...write, path }))).toContain(
      'budget web needs 2 healthy pods',
    );
    expect(server.seen).toHaveLength(1);
  });

  test('client errors are not repeated', async () => {
    await using server = await startServer((_request, response) =>
      failure(response, 404, 'NotFound', 'no such pod'),
    );
    await using live = await connect(server);
    await errorOf(live.transport.request(read));
    expect(server.seen).toHaveLength(1);
  });
});

describe('limits', () => {
  test('a burst goes at once, then the rate holds', async () => {
    await using server = await startServer((_request, response) => json(response, {}));
    await using live = await connect(server, { qps: 10, burst: 3 });
    for (let i = 0; i < 5; i++) await readText(await live.transport.request(read));
    expect(live.clock.sleeps).toEqual([100, 100]);
    live.clock.advance(1_000);
    for (let i = 0; i < 3; i++) await readText(await live.transport.request(read));
    expect(live.clock.sleeps).toHaveLength(2);
  });

  test('a server that never answers ends at the deadline', async () => {
    const clock = new ManualClock();
    await using server = await startServer(() => clock.advance(2_000));
    await using live = await connect(server, { clock });
    const error = await errorOf(live.transport.request({ ...read, timeoutMs: 2_000 }));
    expect(error.kind).toBe('cluster-unreachable');
    expect(error.sentence).toContain(`did not answer within 2.0 s (context test, server ${server.url})`);
  });

  test('a deadline that passes between attempts tells of the last one', async () => {
    const clock = new ManualClock();
    await using server = await startServer((_request, response) =>
      failure(response, 503, 'ServiceUnavailable', 'etcd is away'),
    );
    await using live = await connect(server, { clock, retry: { baseMs: 1_000 } });
    const pending = errorOf(live.transport.request({ ...read, timeoutMs: 1_500 }));
    await clock.sleeping(2);
    clock.advance(1_500);
    expect((await pending).sentence).toContain('the last attempt failed with: status 503');
  });

  test('an abort rejects with its reason: before, while waiting for the answer, and in mid-stream', async () => {
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const reasons = ['before', 'waiting', 'streaming'].map(name => new Error(name));
    await using server = await startServer((request, response) => {
      if (request.url.pathname.endsWith('waiting')) return controllers[1]!.abort(reasons[1]);
      response.writeHead(200);
      response.write('first part');
    });
    await using live = await connect(server);
    const [before, waiting, streaming] = controllers;
    before!.abort(reasons[0]);
    await expect(live.transport.request({ ...read, signal: before!.signal })).rejects.toBe(reasons[0]);
    await expect(live.transport.request({ ...read, path: '/waiting', signal: waiting!.signal })).rejects.toBe(
      reasons[1],
    );
    const response = await live.transport.request({ ...read, signal: streaming!.signal });
    const chunks = response.body[Symbol.asyncIterator]();
    expect((await chunks.next()).done).toBe(false);
    streaming!.abort(reasons[2]);
    await expect(chunks.next()).rejects.toBe(reasons[2]);
  });

  test('a reader that stops early closes the connection', async () => {
    let closed: () => void = () => undefined;
    const closing = new Promise<void>(resolve => {
      closed = resolve;
    });
    await using server = await startServer((_request, response) => {
      response.on('close', () => closed());
      response.write('first part');
    });
    await using live = await connect(server);
    const response = await live.transport.request(read);
    for await (const chunk of response.body) {
      expect(Buffer.from(chunk).toString()).toBe('first part');
      break;
    }
    await closing;
  });

  test('a stream that is cut in the middle rejects with a sentence', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('first part', () => response.socket?.destroy());
    });
    await using live = await connect(server);
    const response = await live.transport.request(read);
    expect(await sentenceOf(readText(response))).toMatch(
      /The cluster cannot be reached .*the connection was cut/,
    );
  });
});
