import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecordedModel, createScriptedModel, ModelError, recordModel } from '../../src/llm/index.ts';
import { ask, collect, finishOf, never, textOf } from './wire.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kv-recorded-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the scripted model', () => {
  it('gives its answers in order and keeps the requests', async () => {
    const model = createScriptedModel([
      'A longer answer in several pieces.',
      request => `You said ${request.messages[0]!.content[0]!.type}.`,
      { toolCalls: [{ name: 'k8s_list', input: { kind: 'Pod' } }] },
      { text: 'half', reason: 'cut' },
    ]);
    const first = await collect(model.stream(ask('one'), never));
    expect(first.filter(event => event.type === 'text').length).toBeGreaterThan(1);
    expect(textOf(first)).toBe('A longer answer in several pieces.');
    expect(finishOf(first)).toMatchObject({ reason: 'end', usage: { estimated: true } });
    expect(textOf(await collect(model.stream(ask('two'), never)))).toBe('You said text.');
    const third = await collect(model.stream(ask('three'), never));
    expect(third[0]).toEqual({ type: 'tool-call', id: 'call_3_0', name: 'k8s_list', input: { kind: 'Pod' } });
    expect(finishOf(third).reason).toBe('tool-calls');
    expect(finishOf(await collect(model.stream(ask('four'), never))).reason).toBe('cut');
    expect(model.requests).toHaveLength(4);
    await expect(collect(model.stream(ask('five'), never))).rejects.toThrow(
      'has 4 answers and was asked 5 times',
    );
  });

  it('can fail after some text, and can be aborted while a step waits', async () => {
    const model = createScriptedModel([
      { text: 'so far', error: new ModelError('gone') },
      () => new Promise<string>(() => {}),
    ]);
    await expect(collect(model.stream(ask('one'), never))).rejects.toThrow('gone');
    const controller = new AbortController();
    const waiting = collect(model.stream(ask('two'), controller.signal));
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});

describe('a recording', () => {
  it('replays what was recorded: answers, repeated requests, failures', async () => {
    const path = join(folder, 'a.jsonl');
    const live = createScriptedModel([
      'one',
      'two',
      { text: 'three', toolCalls: [{ name: 'x', input: { a: 1 } }] },
      { text: 'half', error: new ModelError('The model is gone.', { hint: 'Wait.' }) },
    ]);
    const recorder = recordModel(live, path);
    const recorded = [
      await collect(recorder.stream(ask('same'), never)),
      await collect(recorder.stream(ask('same'), never)),
      await collect(recorder.stream(ask('other'), never)),
    ];
    await expect(collect(recorder.stream(ask('fails'), never))).rejects.toThrow('gone');

    const replay = await createRecordedModel(path);
    expect(replay).toMatchObject({ provider: 'recorded', id: 'scripted', contextWindow: 200_000 });
    expect(await collect(replay.stream(ask('other', { maxOutputTokens: 5 }), never))).toEqual(recorded[2]);
    expect(await collect(replay.stream(ask('same'), never))).toEqual(recorded[0]);
    expect(await collect(replay.stream(ask('same'), never))).toEqual(recorded[1]);
    await expect(collect(replay.stream(ask('fails'), never))).rejects.toMatchObject({
      message: 'The model is gone.',
      hint: 'Wait.',
    });
    expect(await readFile(path, 'utf8')).not.toContain('You are terse.');
  });

  it('says what differs when it holds no answer', async () => {
    const path = join(folder, 'b.jsonl');
    await collect(recordModel(createScriptedModel(['one']), path).stream(ask('why?'), never));
    const replay = await createRecordedModel(path);
    await expect(collect(replay.stream(ask('why not?'), never))).rejects.toMatchObject({
      message: expect.stringMatching(/b\.jsonl holds no answer to this request \("why not\?"; 1 recorded\)/),
      hint: expect.stringContaining('No recorded request ends with this message'),
    });
    await expect(collect(replay.stream(ask('why?', { system: [] }), never))).rejects.toMatchObject({
      hint: expect.stringContaining('the system prompt, the tools or an earlier message differ'),
    });
  });

  it('names a missing file and a broken line', async () => {
    await expect(createRecordedModel(join(folder, 'none.jsonl'))).rejects.toThrow(
      /none\.jsonl cannot be read/,
    );
    const path = join(folder, 'c.jsonl');
    await writeFile(path, '{"v":1,"request":"x","events":[]}\n{"v":1,"requ');
    await expect(createRecordedModel(path)).rejects.toThrow(/Line 2 of the recording/);
  });
});
