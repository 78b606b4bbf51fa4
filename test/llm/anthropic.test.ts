import { describe, expect, it } from 'vitest';
import { createAnthropicModel, MAX_RETRIES, type ModelRequest } from '../../src/llm/index.ts';
import { answer, answerEvents, fail, say, sse, startStream } from './anthropic-wire.ts';
import { ask, closedPort, collect, drip, finishOf, never, noWaiting, textOf, WireServer } from './wire.ts';

const KEY = 'sk-ant-test-0123456789';

function modelAt(server: WireServer, id = 'claude-sonnet-5-5') {
  return createAnthropicModel({ id, apiKey: KEY, baseUrl: server.url, retry: noWaiting() });
}

describe('an answer of the Anthropic API', () => {
  it.each([1, 2, 3, 17, 4096])('arrives whole when the bytes come %i at a time', async chunk => {
    const text = 'Pod „checkout“ läuft 🚀 nicht:\n  Ursache ✓ 日本語';
    await using server = await WireServer.start(say(text, { chunk }));
    const events = await collect(modelAt(server).stream(ask('why?'), never));
    expect(textOf(events)).toBe(text);
    expect(events.filter(event => event.type === 'text').length).toBeGreaterThan(3);
    expect(finishOf(events).reason).toBe('end');
  });

  it('reports the usage on the wire, cached parts apart', async () => {
    const usage = { input_tokens: 7, cache_creation_input_tokens: 2000, cache_read_input_tokens: 31 };
    await using server = await WireServer.start(say('ok', { usage, outputTokens: 5 }));
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(finishOf(events).usage).toEqual({
      inputTokens: 7,
      outputTokens: 5,
      cacheReadTokens: 31,
      cacheWriteTokens: 2000,
      estimated: false,
    });
  });

  it('yields whole tool calls after the text and leaves thoughts out', async () => {
    await using server = await WireServer.start(
      answer(
        [
          { type: 'thinking', thinking: 'hmm, pods' },
          { type: 'text', text: 'Looking.' },
          { type: 'tool_use', id: 'toolu_1', name: 'k8s_list', json: '{"kind":"Pod","namespace":"shöp"}' },
          { type: 'tool_use', id: 'toolu_2', name: 'k8s_version', json: '' },
        ],
        { stop: 'tool_use', chunk: 5 },
      ),
    );
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(textOf(events)).toBe('Looking.');
    expect(events.filter(event => event.type === 'tool-call')).toEqual([
      { type: 'tool-call', id: 'toolu_1', name: 'k8s_list', input: { kind: 'Pod', namespace: 'shöp' } },
      { type: 'tool-call', id: 'toolu_2', name: 'k8s_version', input: {} },
    ]);
    expect(finishOf(events).reason).toBe('tool-calls');
  });

  it('ends with length at the output limit, without the tool call that the limit cut', async () => {
    await using server = await WireServer.start(
      answer(
        [
          { type: 'tool_use', id: 'toolu_1', name: 'a', json: '{"n":1}' },
          { type: 'tool_use', id: 'toolu_2', name: 'b', json: '{"n":' },
        ],
        { stop: 'max_tokens' },
      ),
    );
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(events.filter(event => event.type === 'tool-call').map(call => call.name)).toEqual(['a']);
    expect(finishOf(events).reason).toBe('length');
  });

  it.each([
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'length'],
    ['stop_sequence', 'end'],
  ])('maps stop reason %s to %s', async (stop, reason) => {
    await using server = await WireServer.start(say('No.', { stop }));
    expect(finishOf(await collect(modelAt(server).stream(ask('hi'), never))).reason).toBe(reason);
  });
});

describe('a request to the Anthropic API', () => {
  it('carries key, version and the conversation', async () => {
    await using server = await WireServer.start(say('ok'));
    const request = ask('', {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'why?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: '' },
            { type: 'tool-call', id: 'toolu_1', name: 'k8s_list', input: { kind: 'Pod' } },
          ],
        },
        { role: 'user', content: [{ type: 'tool-result', id: 'toolu_1', text: '[]', isError: false }] },
      ],
      tools: [{ name: 'k8s_list', description: 'List', inputSchema: { properties: {} } }],
    });
    await collect(modelAt(server).stream(request, never));
    const { path, headers, body } = server.received[0]!;
    expect(path).toBe('/v1/messages');
    expect(headers['authorization']).toBe(`Bearer ${KEY}`);
    expect(headers['anthropic-version']).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(body).toMatchObject({ model: 'claude-sonnet-5-5', max_tokens: 1000, stream: true });
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'why?' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'k8s_list', input: { kind: 'Pod' } }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '[]', is_error: false }],
      },
    ]);
    expect(body['tools']).toEqual([
      { name: 'k8s_list', description: 'List', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  it('marks at most four cacheable prefixes: the last ones of system and conversation', async () => {
    await using server = await WireServer.start(say('ok'));
    const request: ModelRequest = {
      system: ['a', 'b', 'c', 'd'].map((text, index) => ({ text, cache: index < 3 })),
      messages: [1, 2, 3, 4, 5].map(n => ({
        role: n % 2 ? 'user' : 'assistant',
        content: [
          { type: 'text', text: `first ${n}` },
          { type: 'text', text: `last ${n}` },
        ],
        cache: n !== 3,
      })),
      maxOutputTokens: 10,
    };
    await collect(modelAt(server).stream(request, never));
    const body = JSON.parse(JSON.stringify(server.received[0]!.body)) as {
      system: Array<{ text: string; cache_control?: object }>;
      messages: Array<{ content: Array<{ text: string; cache_control?: object }> }>;
    };
    const marked = [...body.system, ...body.messages.flatMap(message => message.content)]
      .filter(block => block.cache_control)
      .map(block => block.text);
    expect(marked).toEqual(['b', 'c', 'last 4', 'last 5']);
  });

  it('never asks for more output than the model can give', async () => {
    await using server = await WireServer.start(say('ok'));
    await collect(modelAt(server, 'claude-haiku-4-5').stream(ask('hi', { maxOutputTokens: 1e6 }), never));
    expect(server.received[0]!.body['max_tokens']).toBe(64_000);
  });

  it('knows the context windows of current and older models', () => {
    const windowOf = (id: string) => createAnthropicModel({ id, apiKey: KEY }).contextWindow;
    expect(windowOf('claude-opus-5-5')).toBe(1_000_000);
    expect(windowOf('claude-haiku-4-5-20251001')).toBe(200_000);
    expect(windowOf('claude-novel-9')).toBe(200_000);
    expect(createAnthropicModel({ id: 'claude-novel-9', apiKey: KEY, contextWindow: 5 }).contextWindow).toBe(
      5,
    );
  });

  it('takes a base URL with or without /v1', async () => {
    await using server = await WireServer.start(say('ok'));
    const model = createAnthropicModel({ id: 'm', apiKey: ` ${KEY}\n`, baseUrl: `${server.url}/v1/` });
    await collect(model.stream(ask('hi'), never));
    expect(server.received[0]!.path).toBe('/v1/messages');
  });
});

describe('trouble at the Anthropic API', () => {
  it('is waited out: overload, rate limit with Retry-After, server error, then the answer', async () => {
    await using server = await WireServer.start(
      fail(529, 'overloaded_error', 'Overloaded'),
      fail(429, 'rate_limit_error', 'slow down', { 'retry-after': '7' }),
      fail(500, 'api_error', 'Internal server error'),
      say('done'),
    );
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(events.filter(event => event.type === 'retry')).toEqual([
      { type: 'retry', attempt: 1, delayMs: 750, reason: 'overloaded' },
      { type: 'retry', attempt: 2, delayMs: 7000, reason: 'rate limited' },
      { type: 'retry', attempt: 3, delayMs: 3000, reason: 'server error 500' },
    ]);
    expect(textOf(events)).toBe('done');
  });

  it('ends in a sentence after the last retry', async () => {
    const overloaded = Array.from({ length: MAX_RETRIES + 1 }, () =>
      fail(529, 'overloaded_error', 'Overloaded'),
    );
    await using server = await WireServer.start(...overloaded);
    const failed = collect(modelAt(server).stream(ask('hi'), never));
    await expect(failed).rejects.toMatchObject({
      kind: 'model-unavailable',
      message: expect.stringMatching(/overloaded.*tried 5 times/),
      hint: expect.stringContaining('Try again'),
    });
    expect(server.received).toHaveLength(5);
  });

  it('is not waited out when the provider asks for an hour', async () => {
    await using server = await WireServer.start(
      fail(429, 'rate_limit_error', 'daily limit', { 'retry-after': '3600' }),
    );
    await expect(collect(modelAt(server).stream(ask('hi'), never))).rejects.toMatchObject({
      message: expect.stringContaining('rate limit for claude-sonnet-5-5'),
      hint: expect.stringContaining('1h00m'),
    });
    expect(server.received).toHaveLength(1);
  });

  it.each([
    [401, 'authentication_error', 'invalid x-api-key', /did not accept the key in ANTHROPIC_API_KEY/],
    [403, 'permission_error', 'no access', /may not use claude-sonnet-5-5/],
    [404, 'not_found_error', 'model: claude-sonnet-5-5', /knows no model "claude-sonnet-5-5"/],
    [404, 'not_found_error', 'Not Found', /Nothing at http:\/\/127.*Messages API/],
    [413, 'request_too_large', 'Request exceeds the maximum size', /too long for claude-sonnet-5-5/],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', /too long for/],
    [400, 'invalid_request_error', 'Your credit balance is too low', /no credit left/],
    [
      400,
      'invalid_request_error',
      `unexpected field ${KEY}`,
      /refused the request .*\(400\): unexpected field \[key\]/,
    ],
  ])('with status %i (%s: %s) is one sentence at once', async (status, type, message, sentence) => {
    await using server = await WireServer.start(fail(status, type, message));
    const error = await collect(modelAt(server).stream(ask('hi'), never)).catch((e: Error) => e);
    expect(error).toMatchObject({ kind: 'model-unavailable', message: expect.stringMatching(sentence) });
    expect(JSON.stringify({ ...(error as object) }) + String(error)).not.toContain(KEY);
    expect(server.received).toHaveLength(1);
  });

  it('before any text is retried, also when it comes as an event or as a reset', async () => {
    const [start, ping] = answerEvents([]);
    await using server = await WireServer.start(
      async response => {
        startStream(response);
        await drip(
          response,
          start! + ping! + sse('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
          9,
        );
        response.end();
      },
      response => void response.socket?.resetAndDestroy(),
      async response => {
        startStream(response);
        await drip(response, start!, 100);
        response.end();
      },
      say('third time lucky'),
    );
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(events.filter(event => event.type === 'retry').map(event => event.reason)).toEqual([
      'overloaded',
      'connection lost',
      'stream cut',
    ]);
    expect(textOf(events)).toBe('third time lucky');
  });

  it.each([
    ['ends early', (response: import('node:http').ServerResponse) => void response.end()],
    ['is reset', (response: import('node:http').ServerResponse) => void response.socket?.resetAndDestroy()],
    [
      'reports an error',
      (response: import('node:http').ServerResponse) =>
        void response.end(sse('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })),
    ],
  ])('after some text ends with cut when the stream %s, without the half tool call', async (_, breakOff) => {
    const whole = answerEvents([
      { type: 'text', text: 'I will look' },
      { type: 'tool_use', id: 'toolu_1', name: 'k8s_delete', json: '{"name":"everything"}' },
    ]);
    const cutAt = whole.findIndex(event => event.includes('input_json_delta')) + 2;
    await using server = await WireServer.start(async response => {
      startStream(response);
      await drip(response, whole.slice(0, cutAt).join(''), 64);
      breakOff(response);
    });
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(textOf(events)).toBe('I will look');
    expect(events.some(event => event.type === 'tool-call')).toBe(false);
    const { reason, usage } = finishOf(events);
    expect(reason).toBe('cut');
    expect(usage).toMatchObject({ inputTokens: 100, estimated: true });
    expect(server.received).toHaveLength(1);
  });

  it('names the URL when nobody listens, without trying five times', async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}`;
    const model = createAnthropicModel({ id: 'm', apiKey: KEY, baseUrl });
    await expect(collect(model.stream(ask('hi'), never))).rejects.toThrow(
      `${baseUrl}: the connection was refused.`,
    );
  });

  it('names an unknown host', async () => {
    const model = createAnthropicModel({
      id: 'm',
      apiKey: KEY,
      baseUrl: 'http://no-such-host.invalid',
      retry: noWaiting(),
    });
    await expect(collect(model.stream(ask('hi'), never))).rejects.toThrow(/no-such-host\.invalid/);
  });

  it.each([
    [undefined, undefined, /ANTHROPIC_API_KEY is not set/],
    ['  ', undefined, /ANTHROPIC_API_KEY is not set/],
    ['kéy with spaces', undefined, /holds spaces or characters/],
    [KEY, 'api.anthropic.com', /not an http\(s\) URL/],
    [KEY, 'http://me:secret@localhost', /holds a user name or password/],
  ])('is told before any request for key %s and base URL %s', (apiKey, baseUrl, message) => {
    expect(() => createAnthropicModel({ id: 'm', apiKey, baseUrl })).toThrow(message);
  });
});

describe('aborting', () => {
  it('rejects at once with the reason while the headers are awaited, and hangs up', async () => {
    const controller = new AbortController();
    const arrived = Promise.withResolvers<void>();
    await using server = await WireServer.start(() => arrived.resolve());
    const reason = new Error('stopped by a person');
    const failed = collect(modelAt(server).stream(ask('hi'), controller.signal));
    await arrived.promise;
    const before = performance.now();
    controller.abort(reason);
    await expect(failed).rejects.toBe(reason);
    expect(performance.now() - before).toBeLessThan(200);
    await server.hangUp.promise;
  });

  it('rejects with the reason in mid-stream, and hangs up', async () => {
    const controller = new AbortController();
    const [start, ping] = answerEvents([]);
    await using server = await WireServer.start(async response => {
      startStream(response);
      const text = { index: 0, delta: { type: 'text_delta', text: 'so far' } };
      await drip(response, start! + ping! + sse('content_block_delta', text), 4096);
    });
    const seen: string[] = [];
    const work = (async () => {
      for await (const event of modelAt(server).stream(ask('hi'), controller.signal)) {
        if (event.type === 'text') seen.push(event.delta);
        controller.abort(new Error('enough'));
      }
    })();
    await expect(work).rejects.toThrow('enough');
    expect(seen).toEqual(['so far']);
    await server.hangUp.promise;
  });

  it('ends the wait between two tries', async () => {
    const controller = new AbortController();
    await using server = await WireServer.start(fail(529, 'overloaded_error', 'Overloaded'));
    const model = createAnthropicModel({ id: 'm', apiKey: KEY, baseUrl: server.url });
    const work = (async () => {
      for await (const event of model.stream(ask('hi'), controller.signal)) {
        expect(event.type).toBe('retry');
        queueMicrotask(() => controller.abort(new Error('no patience')));
      }
    })();
    await expect(work).rejects.toThrow('no patience');
  });

  it('hangs up when the reader stops reading', async () => {
    const [start] = answerEvents([]);
    await using server = await WireServer.start(async response => {
      startStream(response);
      const text = { index: 0, delta: { type: 'text_delta', text: 'so far' } };
      await drip(response, start! + sse('content_block_delta', text), 4096);
    });
    for await (const event of modelAt(server).stream(ask('hi'), never)) {
      if (event.type === 'text') break;
    }
    await server.hangUp.promise;
  });
});
