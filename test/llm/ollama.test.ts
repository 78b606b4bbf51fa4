import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createOllamaModel } from '../../src/llm/index.ts';
import { done, line, startOllama, startStream, stream, TOOL_MODEL } from './ollama-wire.ts';
import {
  ask,
  closedPort,
  collect,
  drip,
  finishOf,
  json,
  never,
  noWaiting,
  textOf,
  WireServer,
} from './wire.ts';

function modelAt(server: WireServer, more: { id?: string; contextLength?: number } = {}) {
  return createOllamaModel({ id: 'qwen3:8b', host: server.url, retry: noWaiting(), ...more });
}

const words = (...texts: string[]) => texts.map(content => line({ content }));
const TOOLS = [{ name: 'k8s_list', description: 'List', inputSchema: { type: 'object', properties: {} } }];

describe('an answer of Ollama', () => {
  it.each([1, 2, 3, 29, 4096])('arrives whole when the bytes come %i at a time', async chunk => {
    await using server = await startOllama(
      TOOL_MODEL,
      stream([...words('Pod „läuft“ ', '🚀 ', '日本'), done()], chunk),
    );
    const events = await collect(modelAt(server).stream(ask('why?'), never));
    expect(textOf(events)).toBe('Pod „läuft“ 🚀 日本');
    expect(finishOf(events)).toEqual({
      type: 'finish',
      reason: 'end',
      usage: { inputTokens: 26, outputTokens: 9, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false },
    });
  });

  it('leaves thoughts out, in their own field or in tags cut anywhere', async () => {
    const text =
      '<think>\nIs it <b>?\n</think>\n\nThe answer.\n```ts\nconst tag = "<think>";\n```\n<thin air';
    await using server = await startOllama(
      TOOL_MODEL,
      stream([line({ content: '', thinking: 'hidden' }), ...words(...text), done()]),
      stream([...words('<think>never ends'), done()]),
    );
    const model = modelAt(server);
    const events = await collect(model.stream(ask('hi'), never));
    expect(textOf(events)).toBe('The answer.\n```ts\nconst tag = "<think>";\n```\n<thin air');
    expect(textOf(await collect(model.stream(ask('hi'), never)))).toBe('');
  });

  it('yields tool calls with ids of their own', async () => {
    const call = (name: string) => ({ function: { name, arguments: { kind: 'Pod' } } });
    await using server = await startOllama(
      TOOL_MODEL,
      stream([...words('Looking.'), line({ content: '', tool_calls: [call('a'), call('b')] }), done()], 7),
    );
    const events = await collect(modelAt(server).stream(ask('hi', { tools: TOOLS }), never));
    const calls = events.filter(event => event.type === 'tool-call');
    expect(calls.map(({ name, input }) => ({ name, input }))).toEqual([
      { name: 'a', input: { kind: 'Pod' } },
      { name: 'b', input: { kind: 'Pod' } },
    ]);
    expect(new Set(calls.map(event => event.id)).size).toBe(2);
    expect(finishOf(events).reason).toBe('tool-calls');
  });

  it('says length at the output limit, and estimates what the server left out', async () => {
    await using server = await startOllama(
      TOOL_MODEL,
      stream([...words('abc'), done({ done_reason: 'length', prompt_eval_count: undefined })]),
    );
    const { reason, usage } = finishOf(await collect(modelAt(server).stream(ask('hi'), never)));
    expect(reason).toBe('length');
    expect(usage).toMatchObject({ outputTokens: 9, estimated: true });
    expect(usage.inputTokens).toBeGreaterThan(0);
  });
});

describe('a request to Ollama', () => {
  const conversation = ask('', {
    system: [{ text: 'One.' }, { text: 'Two.' }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'why?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Looking.' },
          { type: 'tool-call', id: 'c1', name: 'k8s_list', input: { kind: 'Pod' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool-result', id: 'c1', text: 'forbidden', isError: true },
          { type: 'text', text: 'go on' },
        ],
      },
    ],
    tools: TOOLS,
  });

  it('carries the conversation and the tools', async () => {
    await using server = await startOllama(TOOL_MODEL, stream([done()]));
    await collect(modelAt(server).stream(conversation, never));
    expect(server.received[0]!.body).toMatchObject({ model: 'qwen3:8b', stream: true, truncate: false });
    expect(server.received[0]!.body['messages']).toEqual([
      { role: 'system', content: 'One.\n\nTwo.' },
      { role: 'user', content: 'why?' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [{ function: { name: 'k8s_list', arguments: { kind: 'Pod' } } }],
      },
      { role: 'tool', content: 'forbidden', tool_name: 'k8s_list' },
      { role: 'user', content: 'go on' },
    ]);
    expect(server.received[0]!.body['tools']).toHaveLength(1);
  });

  it.each([{ capabilities: ['completion'] }, { template: '{{ .Prompt }}' }])(
    'is plain text for a model without tool support (%j)',
    async shown => {
      await using server = await startOllama(shown, stream([done()]));
      await collect(modelAt(server).stream(conversation, never));
      const { body } = server.received[0]!;
      expect(body).not.toHaveProperty('tools');
      expect(body['messages']).toEqual([
        { role: 'system', content: 'One.\n\nTwo.' },
        { role: 'user', content: 'why?' },
        { role: 'assistant', content: 'Looking.\n\nCall k8s_list with {"kind":"Pod"}' },
        { role: 'user', content: 'Error of k8s_list:\nforbidden\n\ngo on' },
      ]);
    },
  );

  it.each([
    ['the default', {}, undefined, 16_384],
    ['the Modelfile', { parameters: 'stop "x"\nnum_ctx      8192\n' }, undefined, 8192],
    ['the user', { parameters: 'num_ctx 8192' }, 32_768, 32_768],
    ['what the model was trained for', {}, 100_000, 40_960],
  ])('sets the context length from %s', async (_, shown, contextLength, expected) => {
    await using server = await startOllama({ ...TOOL_MODEL, ...shown }, stream([done()]));
    const model = modelAt(server, { contextLength });
    await collect(model.stream(ask('hi'), never));
    expect(server.received[0]!.body['options']).toEqual({ num_ctx: expected, num_predict: 1000 });
    expect(model.contextWindow).toBe(expected);
  });

  it('sends the credentials of the host as a header', async () => {
    await using server = await startOllama(TOOL_MODEL, stream([done()]));
    const host = server.url.replace('http://', 'http://me:p%40ss@');
    await collect(createOllamaModel({ id: 'm', host }).stream(ask('hi'), never));
    expect(server.received[0]!.headers['authorization']).toBe(`Basic ${btoa('me:p@ss')}`);
  });

  it.each([
    (port: string) => `127.0.0.1:${port}`,
    (port: string) => `:${port}`,
    (port: string) => `0.0.0.0:${port}`,
    (port: string) => `http://127.0.0.1:${port}/`,
  ])('understands OLLAMA_HOST in every form (%#)', async form => {
    await using server = await startOllama(TOOL_MODEL, stream([done()]));
    const host = form(new URL(server.url).port);
    await collect(createOllamaModel({ id: 'm', host }).stream(ask('hi'), never));
    expect(server.received[0]!.path).toBe('/api/chat');
  });
});

describe('trouble with Ollama', () => {
  it('says to pull a model that is not there', async () => {
    await using server = await WireServer.start();
    server.fixed.set('/api/show', response => json(response, 404, { error: "model 'qwen9' not found" }));
    await expect(collect(modelAt(server, { id: 'qwen9' }).stream(ask('hi'), never))).rejects.toMatchObject({
      kind: 'model-unavailable',
      message: `Ollama at ${server.url} does not have the model "qwen9".`,
      hint: 'Run `ollama pull qwen9`.',
    });
  });

  it('says to start a server that does not run, at once', async () => {
    const port = await closedPort();
    await expect(
      collect(createOllamaModel({ id: 'm', host: `127.0.0.1:${port}` }).stream(ask('hi'), never)),
    ).rejects.toMatchObject({
      message: `Ollama cannot be reached at http://127.0.0.1:${port}: the connection was refused.`,
      hint: expect.stringMatching(/ollama serve.*OLLAMA_HOST/),
    });
  });

  it.each([
    [
      500,
      'model requires more system memory (9.1 GiB) than is available (3.0 GiB)',
      /not enough memory for qwen3:8b/,
    ],
    [400, 'the prompt exceeds the context length', /longer than the context of qwen3:8b/],
    [400, 'invalid options', /failed to run qwen3:8b: invalid options/],
    [401, 'unauthorized', /refused access/],
  ])('with status %i (%s) is one sentence at once', async (status, error, sentence) => {
    await using server = await startOllama(TOOL_MODEL, response => json(response, status, { error }));
    await expect(collect(modelAt(server).stream(ask('hi'), never))).rejects.toThrow(sentence);
    expect(server.received).toHaveLength(1);
  });

  it('recognises that something else answers there', async () => {
    const page = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>hello</html>');
    };
    await using server = await WireServer.start();
    server.fixed.set('/api/show', page);
    await expect(collect(modelAt(server).stream(ask('hi'), never))).rejects.toThrow(
      /is not an Ollama server/,
    );
  });

  it('is waited out when the server is busy, crashes or hangs up before any text', async () => {
    await using server = await startOllama(
      TOOL_MODEL,
      response => json(response, 503, { error: 'server busy, please try again' }),
      response => json(response, 500, { error: 'llama runner process has terminated' }),
      stream(['{"error":"unexpected EOF"}\n']),
      stream([]),
      stream([...words('here'), done()]),
    );
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(events.filter(event => event.type === 'retry').map(event => event.reason)).toEqual([
      'busy',
      'server error',
      'server error',
      'stream cut',
    ]);
    expect(textOf(events)).toBe('here');
  });

  it.each([
    ['ends early in mid-line', (response: ServerResponse) => void response.end('{"model":"x","mess')],
    ['is reset', (response: ServerResponse) => void response.socket?.resetAndDestroy()],
    ['reports an error', (response: ServerResponse) => void response.end('{"error":"runner crashed"}\n')],
  ])('after some text ends with cut when the stream %s', async (_, breakOff) => {
    await using server = await startOllama(TOOL_MODEL, async response => {
      startStream(response);
      await drip(response, line({ content: 'so far' }), 10);
      breakOff(response);
    });
    const events = await collect(modelAt(server).stream(ask('hi'), never));
    expect(textOf(events)).toBe('so far');
    expect(finishOf(events)).toMatchObject({ reason: 'cut', usage: { estimated: true } });
  });

  it('rejects with the reason of an abort, and hangs up so that the server stops generating', async () => {
    const controller = new AbortController();
    await using server = await startOllama(TOOL_MODEL, async response => {
      startStream(response);
      await drip(response, line({ content: 'so far' }), 4096);
    });
    const work = (async () => {
      for await (const _ of modelAt(server).stream(ask('hi'), controller.signal)) {
        controller.abort(new Error('enough'));
      }
    })();
    await expect(work).rejects.toThrow('enough');
    await server.hangUp.promise;
  });

  it('hangs up when the reader stops reading', async () => {
    await using server = await startOllama(TOOL_MODEL, async response => {
      startStream(response);
      await drip(response, line({ content: 'so far' }), 4096);
    });
    for await (const _ of modelAt(server).stream(ask('hi'), never)) break;
    await server.hangUp.promise;
  });

  it('refuses a host that is no address', () => {
    expect(() => createOllamaModel({ id: 'm', host: 'ftp://x' })).toThrow(/OLLAMA_HOST is "ftp:\/\/x"/);
  });
});
