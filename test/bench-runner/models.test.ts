import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createPolicyModel,
  oneAtATime,
  recordWithoutTime,
  replayWithoutTime,
} from '../../src/bench/index.ts';
import { createRecordedModel, createScriptedModel, recordModel } from '../../src/llm/index.ts';
import type { LanguageModel, ModelEvent, ModelMessage, ToolSpec } from '../../src/llm/port.ts';

const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] });
const tool = (name: string): ToolSpec => ({ name, description: '', inputSchema: {} });

async function ask(model: LanguageModel, messages: ModelMessage[], tools?: ToolSpec[]) {
  const request = { system: [], messages, tools, maxOutputTokens: 100 };
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, AbortSignal.timeout(5_000))) events.push(event);
  const text = events.map(event => (event.type === 'text' ? event.delta : '')).join('');
  return { text, calls: events.filter(event => event.type === 'tool-call') };
}

describe('a recording', () => {
  it('made at one time answers the same question at another, and the model saw the real time', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kv-recording-')), 'a.jsonl');
    const model = createScriptedModel(['because']);
    const recording = recordWithoutTime(model, inner => recordModel(inner, file));
    await ask(recording, [user('Question: why?\nTime: 2026-11-21T08:00:00Z')]);
    expect(JSON.stringify(model.requests[0])).toContain('2026-11-21T08:00:00Z');
    const replayed = replayWithoutTime(await createRecordedModel(file));
    expect((await ask(replayed, [user('Question: why?\nTime: 2027-01-01T00:00:00Z')])).text).toBe('because');
    await expect(ask(replayed, [user('Question: how?\nTime: 2026-11-21T08:00:00Z')])).rejects.toThrow(
      /no answer/,
    );
  });
});

describe('one call at a time', () => {
  it('passes the words and the first call of an answer on', async () => {
    const toolCalls = [
      { name: 'a', input: {} },
      { name: 'b', input: {} },
    ];
    const model = oneAtATime(createScriptedModel([{ text: 'both', toolCalls }]));
    const answer = await ask(model, [user('?')], [tool('a'), tool('b')]);
    expect(answer.text).toBe('both');
    expect(answer.calls.map(call => call.name)).toEqual(['a']);
  });
});

describe('the policy model', () => {
  const policy = {
    code: () => 'I look.\n```ts\nreturn 1\n```',
    tools: () => ({ text: 'I look.', calls: [{ name: 'k8s.pods', input: { namespace: 'shop' } }] }),
  };

  it('speaks in the form that the request offers', async () => {
    const fresh = () => createPolicyModel(policy, { id: 'x' });
    expect(await ask(fresh(), [user('?')])).toEqual({ text: policy.code(), calls: [] });
    const asTool = await ask(fresh(), [user('?')], [tool('run_script')]);
    expect(asTool.text).toBe('I look.');
    expect(asTool.calls[0]).toMatchObject({ name: 'run_script', input: { code: 'return 1' } });
    const asTools = await ask(fresh(), [user('?')], [tool('k8s_pods')]);
    expect(asTools.calls[0]).toMatchObject({ name: 'k8s_pods', input: { namespace: 'shop' } });
  });

  it('starts at its first answer again where auto mode goes on with scripts', async () => {
    const turns: string[] = [];
    const model = createPolicyModel(
      {
        code: turn => {
          turns.push(`code ${turn.index}`);
          return 'done';
        },
        tools: turn => {
          turns.push(`tools ${turn.index}`);
          return policy.tools();
        },
      },
      { id: 'x' },
    );
    await ask(model, [user('?')], [tool('k8s_pods')]);
    await ask(model, [user('result')], [tool('k8s_pods')]);
    await ask(model, [user('From now on you work by scripts')]);
    expect(turns).toEqual(['tools 0', 'tools 1', 'code 0']);
  });

  it('cannot call what it is not offered', async () => {
    const model = createPolicyModel(policy, { id: 'x' });
    await expect(ask(model, [user('?')], [tool('k8s_logs')])).rejects.toThrow(/k8s\.pods.*does not offer/);
  });
});
