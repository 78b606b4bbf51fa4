import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOllamaModel } from '../../src/llm/index.ts';
import { ask, collect, finishOf, never, textOf } from '../llm/wire.ts';
import { MODEL, OllamaServer } from './ollama-server.ts';

let server: OllamaServer;
beforeAll(async () => {
  server = await OllamaServer.start();
});
afterAll(() => server?.stop());

const TOOLS = [{ name: 'k8s_list', description: 'List', inputSchema: { type: 'object', properties: {} } }];

describe('a real Ollama', () => {
  it('answers, streaming, with its own counts', async () => {
    const model = createOllamaModel({ id: MODEL, host: server.host });
    const request = ask('The capital of France is', { maxOutputTokens: 24, tools: TOOLS });
    const events = await collect(model.stream(request, never));
    expect(textOf(events).trim()).not.toBe('');
    expect(events.filter(event => event.type === 'text').length).toBeGreaterThan(1);
    const { reason, usage } = finishOf(events);
    expect(['end', 'length']).toContain(reason);
    expect(usage.estimated).toBe(false);
    expect(usage.inputTokens).toBeGreaterThan(5);
    expect(usage.outputTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeLessThanOrEqual(24);
    // The model was trained for 32,768 tokens; the default stays below that.
    expect(model.contextWindow).toBe(16_384);
  });

  it('ends with length at the output limit', async () => {
    const model = createOllamaModel({ id: MODEL, host: server.host, contextLength: 2048 });
    const events = await collect(model.stream(ask('Count: 1 2 3 4 5 6', { maxOutputTokens: 3 }), never));
    expect(finishOf(events)).toMatchObject({ reason: 'length', usage: { outputTokens: 3 } });
  });

  it('refuses a conversation longer than the context, where it would silently forget its start', async () => {
    const model = createOllamaModel({ id: MODEL, host: server.host, contextLength: 2048 });
    const long = ask('one two three four five six seven eight nine ten '.repeat(400));
    await expect(collect(model.stream(long, never))).rejects.toThrow(/longer than the context/);
  });

  it('says to pull a model that it does not have', async () => {
    const model = createOllamaModel({ id: 'no-such-model:1b', host: server.host });
    await expect(collect(model.stream(ask('hi'), never))).rejects.toMatchObject({
      message: expect.stringContaining('does not have the model "no-such-model:1b"'),
      hint: 'Run `ollama pull no-such-model:1b`.',
    });
  });

  it('stops generating on an abort', async () => {
    const model = createOllamaModel({ id: MODEL, host: server.host, contextLength: 2048 });
    const controller = new AbortController();
    const work = (async () => {
      const request = ask('Tell a long story.', { maxOutputTokens: 1500 });
      for await (const event of model.stream(request, controller.signal)) {
        if (event.type === 'text') controller.abort(new Error('enough'));
      }
    })();
    await expect(work).rejects.toThrow('enough');
    // The one runner is free again: the next question does not wait for the story's end.
    const next = await collect(model.stream(ask('Hi', { maxOutputTokens: 2 }), never));
    expect(finishOf(next).usage.outputTokens).toBeLessThanOrEqual(2);
  });
});
