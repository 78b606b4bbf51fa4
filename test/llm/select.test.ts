import { describe, expect, it } from 'vitest';
import { createModel, createScriptedModel, parseModelSpec } from '../../src/llm/index.ts';
import { say } from './anthropic-wire.ts';
import { done, startOllama, stream, TOOL_MODEL } from './ollama-wire.ts';
import { ask, collect, json, never, textOf, WireServer } from './wire.ts';

const offline = () => createScriptedModel([], { id: 'stands in for offline' });
const env = { ANTHROPIC_API_KEY: 'sk-ant-test' };

describe('choosing a model', () => {
  it.each([
    ['anthropic:claude-opus-5-5', 'anthropic', 'claude-opus-5-5'],
    ['claude-haiku-5-5', 'anthropic', 'claude-haiku-5-5'],
    [' Ollama:qwen3:8b ', 'ollama', 'qwen3:8b'],
    ['offline', 'offline', 'offline'],
  ])('%s', (spec, provider, id) => {
    expect(parseModelSpec(spec)).toEqual({ provider, id });
  });

  it.each([
    [
      'antropic:claude-opus-5',
      /no model provider "antropic"/,
      /anthropic:<id>, ollama:<id> or offline.*Did you mean anthropic:claude-opus-5\?/,
    ],
    ['ofline', /no model provider "ofline"/, /Did you mean offline\?/],
    ['qwen3:8b', /no model provider "qwen3"/, /A local model is ollama:qwen3:8b\./],
    ['gpt-9', /no model provider "gpt-9"/, /anthropic:<id>, ollama:<id> or offline/],
    ['ollama:', /names no model of ollama/, /ollama list/],
    ['', /is empty/, /anthropic:<id>/],
  ])('refuses "%s" with the nearest form', (spec, message, hint) => {
    expect(() => createModel(spec, { env, offline })).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    );
  });

  it('makes the offline model on demand only', () => {
    expect(createModel('offline', { env, offline }).id).toBe('stands in for offline');
    expect(() => createModel('claude-opus-5-5', { env: {}, offline })).toThrow(
      /ANTHROPIC_API_KEY is not set/,
    );
  });

  it('honours ANTHROPIC_BASE_URL above the config file', async () => {
    await using server = await WireServer.start(say('here'));
    const settings = { anthropic: { baseUrl: 'http://127.0.0.1:1' } };
    const model = createModel('claude-opus-5-5', {
      env: { ...env, ANTHROPIC_BASE_URL: server.url },
      settings,
      offline,
    });
    expect(textOf(await collect(model.stream(ask('hi'), never)))).toBe('here');
  });

  it('honours OLLAMA_HOST and the context length of the config file', async () => {
    await using server = await startOllama(TOOL_MODEL, stream([done()]));
    const settings = { ollama: { contextLength: 4096 } };
    const model = createModel('ollama:qwen3:8b', {
      env: { OLLAMA_HOST: new URL(server.url).host },
      settings,
      offline,
    });
    await collect(model.stream(ask('hi'), never));
    expect(server.received[0]!.body['options']).toMatchObject({ num_ctx: 4096 });
  });

  it('goes through the proxy that the environment names', async () => {
    await using proxy = await WireServer.start((response, { path }) =>
      json(response, 404, { error: { type: 'not_found_error', message: path } }),
    );
    const model = createModel('claude-opus-5-5', {
      env: { ...env, ANTHROPIC_BASE_URL: 'http://anthropic.invalid', HTTP_PROXY: proxy.url },
      offline,
    });
    await expect(collect(model.stream(ask('hi'), never))).rejects.toThrow(/anthropic\.invalid/);
    expect(proxy.received.length).toBeGreaterThan(0);
  });
});
