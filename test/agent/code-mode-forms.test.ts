import { afterEach, describe, expect, it } from 'vitest';
import type { SessionController } from '../../src/agent/controller.ts';
import { formFor } from '../../src/agent/modes/code/forms.ts';
import type { ScriptedStep } from '../../src/llm/index.ts';
import type { ContentPart } from '../../src/llm/port.ts';
import { type BundleObject, writeBundle } from '../helpers/bundle.ts';
import { openTestSession } from '../helpers/session.ts';

const OBJECTS: BundleObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u1' },
    spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'shop/web:1' }] },
    status: { phase: 'Running' },
  },
];
const REPORT = 'REPORT\nVerdict: healthy\nRoot cause: nothing is wrong.';
const CODE = 'const { items } = await k8s.pods();\nreturn items.map(pod => pod.name);';
const call = (input: unknown, name = 'run_script'): ScriptedStep => ({
  toolCalls: [{ id: 'c1', name, input }],
});

let open: SessionController | undefined;
afterEach(() => open?.close());

async function ask(steps: ScriptedStep[], codeForm: 'fence' | 'tool' = 'fence', question = 'why?') {
  const session = await openTestSession(writeBundle(OBJECTS), steps, { namespace: 'shop', codeForm });
  open = session.controller;
  await session.controller.ask(question);
  const parts = (n: number) => session.model.requests[n]!.messages.map(message => message.content);
  return { ...session, parts, result: session.of('script-finished')[0]?.result };
}

const types = (content: ContentPart[]) => content.map(part => part.type);

describe('the form in which scripts are asked for', () => {
  it('is a fence where nothing else is known or wished', () => {
    expect(formFor({ provider: 'anthropic', id: 'x' }, undefined)).toBe('fence');
    expect(formFor({ provider: 'ollama', id: 'gemma3:270m' }, undefined)).toBe('fence');
    expect(formFor({ provider: 'ollama', id: 'gemma3:270m' }, 'tool')).toBe('tool');
  });

  it('decides what the model is told and offered', async () => {
    const fence = await ask([REPORT], 'fence');
    expect(fence.model.requests[0]!.tools).toBeUndefined();
    expect(fence.model.requests[0]!.system[0]!.text).toContain('ONE ```ts block');
    await open?.close();
    const tool = await ask([REPORT], 'tool');
    expect(tool.model.requests[0]!.tools?.map(spec => spec.name)).toEqual(['run_script']);
    expect(tool.model.requests[0]!.system[0]!.text).toContain('run_script({ code })');
  });

  it('runs a tool call as a script, and answers it as providers want it', async () => {
    const { result, parts, of } = await ask(
      [call({ code: CODE, why: 'Which pods are there?' }), REPORT],
      'tool',
    );
    expect(result).toBe('["web-1"]');
    expect(of('turn-finished')[0]).toMatchObject({ text: 'Which pods are there?', script: CODE });
    expect(of('turn-finished')[0]!.toolCalls).toBeUndefined();
    const [, assistant, reply] = parts(1);
    expect(types(assistant!)).toEqual(['text', 'tool-call']);
    expect(assistant![0]).toEqual({ type: 'text', text: 'Which pods are there?' });
    expect(reply).toEqual([
      { type: 'tool-result', id: 'c1', isError: false, text: expect.stringContaining('web-1') },
    ]);
  });

  it('keeps the mended script in the conversation', async () => {
    const slip = 'const pods = k8s.pods();\nreturn pods.items.length;';
    const { parts, of, result } = await ask([call({ code: slip }), REPORT], 'tool');
    const [event] = of('script-repaired');
    expect(event).toMatchObject({ repairs: ['line 1: added await before k8s.pods'] });
    expect(result).toBe('1');
    const [, assistant] = parts(1);
    expect(assistant!.at(-1)).toMatchObject({ input: { code: event!.script } });
    await open?.close();
    const fenced = await ask([`Look.\n\`\`\`ts\n${slip}\n\`\`\``, REPORT]);
    expect(JSON.stringify(fenced.parts(1)[1])).toContain('await k8s.pods()');
  });

  it('gives a resumed session the mended script and what came of it', async () => {
    const slip = "const pods = k8s.pods();\nif (pods.items.length) return finish('There is one.');";
    const { events, of } = await ask([call({ code: slip })], 'tool');
    await open?.close();
    const resumed = await openTestSession(writeBundle(OBJECTS), ['Yes.'], {
      namespace: 'shop',
      past: { events, calls: [], state: [] },
    });
    open = resumed.controller;
    await resumed.controller.ask('sure?');
    const { messages } = resumed.model.requests[0]!;
    expect(messages[1]!.role).toBe('assistant');
    expect(messages[1]!.content).toEqual([
      { type: 'text', text: `\`\`\`ts\n${of('script-repaired')[0]!.script}\n\`\`\`` },
    ]);
    expect(JSON.stringify(messages[2])).toContain('There is one.');
  });

  it('runs one script a turn, and answers every call', async () => {
    const { parts, of } = await ask(
      [
        {
          toolCalls: [
            { id: 'a', name: 'run_script', input: { code: CODE } },
            { id: 'b', name: 'run_script', input: { code: CODE } },
          ],
        },
        REPORT,
      ],
      'tool',
    );
    expect(of('script-finished')).toHaveLength(1);
    const reply = parts(1).at(-1)!;
    expect(reply.map(part => part.type === 'tool-result' && [part.id, part.isError])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  it('tells a model that calls a tool of its own invention what there is', async () => {
    const { parts, of } = await ask([call({ kind: 'Pod' }, 'kubectl_get'), REPORT], 'tool');
    expect(of('script-started')).toEqual([]);
    expect(JSON.stringify(parts(1).at(-1))).toContain('There is no such tool');
    expect(of('report')).toHaveLength(1);
  });

  it('answers a call even when its script ended the investigation', async () => {
    const { controller, parts, of } = await ask([call({ code: "return finish('done')" }), 'Yes.'], 'tool');
    await controller.ask('sure?');
    expect(of('answer').map(event => event.text)).toEqual(['done', 'Yes.']);
    expect(types(parts(1)[2]!)).toEqual(['tool-result', 'text']);
  });
});

describe('scripts in answers that keep to no form', () => {
  const json = (value: unknown) => JSON.stringify(value);
  it.each<[name: string, answer: ScriptedStep]>([
    ['a tool call where none was offered', call({ code: CODE })],
    ['another parameter name', call({ script: CODE })],
    ['a tool call as text', json({ name: 'run_script', arguments: { code: CODE } })],
    ['its arguments as text', json({ name: 'run_script', arguments: json({ code: CODE }) })],
    ['the shape of another API', json({ function: { name: 'run_script', arguments: { code: CODE } } })],
    [
      'a call in marks',
      `<tool_call>\n${json({ name: 'run_script', arguments: { code: CODE } })}\n</tool_call>`,
    ],
    ['a JSON fence', `I look.\n\`\`\`json\n${json({ code: CODE })}\n\`\`\``],
    ['JSON with broken lines', `{"code": "${CODE}"}`],
    ['code in a JSON fence', `I look.\n\`\`\`json\n${CODE}\n\`\`\``],
    ['code in a shell fence', `\`\`\`bash\n${CODE}\n\`\`\`\nThat is it.`],
    ['tildes', `I look.\n~~~ts\n${CODE}\n~~~`],
    ['a misspelt language', `I look.\n\`\`\`typescipt\n${CODE}\n\`\`\``],
    ['a fence with a title', `I look.\n\`\`\`ts title="look.ts"\n${CODE}\n\`\`\``],
    ['no fence', `I look at the pods.\n\n${CODE}`],
    ['a fence inside a tool call', call({ code: `\`\`\`ts\n${CODE}\n\`\`\`` })],
  ])('%s', async (_, answer) => {
    const { result, of } = await ask([answer, REPORT]);
    expect(result).toBe('["web-1"]');
    expect(of('turn-finished')[0]!.script).toBe(CODE);
    expect(of('turn-finished')[0]!.text).not.toContain('k8s.');
  });

  it.each([
    ['a command to run', 'Run this:\n```bash\nkubectl get pods -n shop\n```'],
    ['a manifest', 'Apply this:\n```yaml\nkind: Pod\nmetadata:\n  name: x\n```'],
    ['code that is only mentioned', 'You can call `await k8s.pods()` for that; nothing is wrong.'],
    ['JSON that is data', '{"verdict":"healthy","pods":[{"name":"web-1"}]}'],
    ['JSON with a code in it', '{"error":{"input":{"code":"E11000"}}}'],
    ['an explanation', 'I would const the list and return (k8s.pods) later.\nLet us see.'],
  ])('plain words stay words: %s', async (_, answer) => {
    const { of } = await ask([answer]);
    expect(of('script-started')).toEqual([]);
    expect(of('answer')[0]!.text).toBe(answer);
  });

  it('says what was done to find the script', async () => {
    const { of } = await ask([`~~~ts\n${CODE}\n~~~`, REPORT]);
    expect(of('script-repaired')[0]).toMatchObject({
      repairs: ['read the script from a ~~~ts fence'],
      script: CODE,
    });
  });
});

describe('what the model is told about capabilities', () => {
  it('fits the first question; what a later one needs beside that goes with the question', async () => {
    const { controller, model } = await ask([REPORT, REPORT, REPORT], 'fence', 'how many pods run?');
    await controller.ask('scale deployment web to 3 replicas');
    await controller.ask('scale deployment api to 2 replicas');
    const [first, second, third] = model.requests;
    expect(first!.system[0]!.text).toContain('k8s.pods({');
    expect(first!.system[0]!.text).not.toContain('k8s.scale({');
    expect(second!.system).toEqual(first!.system);
    const asked = (request: typeof first) => JSON.stringify(request!.messages.at(-1));
    expect(asked(second)).toContain('k8s.scale({');
    expect(asked(third)).not.toContain('k8s.scale({');
  });
});
