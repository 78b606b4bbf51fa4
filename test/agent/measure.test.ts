import { beforeAll, describe, expect, it } from 'vitest';
import { createMeasure } from '../../src/agent/measure.ts';
import { renderResult } from '../../src/agent/modes/tools/render/index.ts';
import { requestHash, type ScriptedStep } from '../../src/llm/index.ts';
import type { ModelMessage, ModelRequest } from '../../src/llm/port.ts';
import { loadTokenEstimator, type TokenEstimator } from '../../src/usage/index.ts';
import { openTestSession } from '../helpers/session.ts';

let count: TokenEstimator;
beforeAll(async () => {
  count = await loadTokenEstimator();
});

const user = (text: string, kind?: 'call' | 'result'): ModelMessage => ({
  role: 'user',
  content: [{ type: 'text', text, ...(kind && { kind }) }],
});
const request = (messages: ModelMessage[], rest: Partial<ModelRequest> = {}): ModelRequest => ({
  system: [{ text: 'You are kv. declare function pods(): Pod[];', cache: true }],
  messages,
  maxOutputTokens: 100,
  ...rest,
});
const DECLARATIONS = 'declare function pods(): Pod[];';

describe('taking a request apart', () => {
  it('tells system text, declarations, scripts, results and words apart', async () => {
    const parts = await createMeasure().request(
      request([
        user('why does checkout crash?'),
        { role: 'assistant', content: [{ type: 'text', text: 'I look.\n```ts\nreturn await pods();\n```' }] },
        user('Result of your script:\n```json\n["checkout"]\n```', 'result'),
        user('You have asked this before.'),
      ]),
      DECLARATIONS,
    );
    // 5 tokens around each message, counted with what it begins with.
    expect(parts).toEqual({
      system: count('You are kv. declare function pods(): Pod[];') - count(DECLARATIONS),
      declarations: count(DECLARATIONS),
      scripts: count('```ts\nreturn await pods();\n```'),
      results: count('Result of your script:\n```json\n["checkout"]\n```') + 5,
      history:
        count('why does checkout crash?') + count('I look.\n') + count('You have asked this before.') + 15,
    });
  });

  it('takes tools for declarations, and tool calls for scripts', async () => {
    const tool = { name: 'k8s_pods', description: 'Lists pods.', inputSchema: { type: 'object' } };
    const parts = await createMeasure().request(
      request(
        [
          user('which pods?'),
          {
            role: 'assistant',
            content: [{ type: 'tool-call', id: 'call_1', name: 'k8s_pods', input: { namespace: 'shop' } }],
          },
          { role: 'user', content: [{ type: 'tool-result', id: 'call_1', text: '2 pods', isError: false }] },
        ],
        { system: [{ text: 'You are kv.' }], tools: [tool] },
      ),
      '',
    );
    expect(parts).toEqual({
      system: count('You are kv.'),
      declarations: count('k8s_pods') + count('Lists pods.') + count('{"type":"object"}') + 14,
      scripts: count('k8s_pods') + count('{"namespace":"shop"}') + 10 + 5,
      results: count('2 pods') + 8 + 5,
      history: count('which pods?') + 5,
    });
  });

  it('does not change what a recording knows the request by', () => {
    expect(requestHash(request([user('[]', 'result')]))).toBe(requestHash(request([user('[]')])));
  });

  it('follows a real session, turn by turn', async () => {
    const script = (code: string): ScriptedStep => `I look.\n\n\`\`\`ts\n${code}\n\`\`\``;
    const session = await openTestSession('test/fixtures/small-cluster', [
      script("return await k8s.pods({ namespace: 'checkout' })"),
      script('return nonsense'),
      'It crashes.',
    ]);
    await session.controller.ask('why does checkout crash?');
    await session.controller.close();
    await session.done;
    const turns = session.of('turn-finished');
    const [first, second, third] = turns.map(turn => turn.parts!);
    expect(first).toMatchObject({ scripts: 0, results: 0 });
    expect(first!.declarations).toBeGreaterThan(300);
    expect(first!.system).toBeGreaterThan(100);
    expect(second!.results).toBeGreaterThan(50);
    expect(second!.scripts).toBeGreaterThan(5);
    // What the type-checker says is a result too; the words of the question stay as they were.
    expect(third!.results).toBeGreaterThan(second!.results);
    expect(third!.history).toBeLessThan(first!.history + 60);
    for (const { parts, usage } of turns) {
      expect(usage.inputTokens).toBe(Object.values(parts!).reduce((sum, tokens) => sum + tokens, 0));
    }
  });
});

describe('a call as tools mode would make it', () => {
  const cost = (name: string, value: unknown, args: unknown = { namespace: 'shop' }) =>
    createMeasure().toolCost({ name, args, value, size: JSON.stringify(value).length });
  const row = (i: number) => ({
    name: `checkout-${(i * 7919).toString(36)}`,
    namespace: i % 3 ? 'shop' : `team-${i % 7}`,
    phase: i % 5 ? 'Running' : 'Pending',
    restarts: i % 13,
    node: `ip-10-0-${i % 255}`,
  });
  const rows = (length: number) => ({ items: Array.from({ length }, (_, i) => row(i)), count: length });
  const lines = (length: number) =>
    Array.from(
      { length },
      (_, i) => `2026-11-21T04:37:08.${i}Z INFO request id=${i} status=${i % 17 ? 200 : 503}`,
    );

  it('is its name and arguments, and what the model reads of its result', async () => {
    const value = rows(20);
    expect(await cost('k8s.pods', value)).toEqual({
      call: count('k8s.pods') + count('{"namespace":"shop"}') + 10,
      result: count(renderResult('k8s.pods', value).join('\n')) + 8,
      pages: 1,
    });
  });

  it('has a failure as a short result', async () => {
    const error = 'There is no pod web-1 in shop.';
    const failed = await createMeasure().toolCost({ name: 'k8s.get', args: {}, error });
    expect(failed).toMatchObject({ result: count(error) + 8, pages: 1 });
  });

  it.each(['state.get', 'results.list', 'sleep', 'tools.search', 'finish'])('leaves out %s', async name => {
    expect(await cost(name, 1)).toBeUndefined();
  });

  it.each([
    ['a list of 300 rows', 'k8s.pods', rows(300)],
    ['a list of 5,000 rows', 'k8s.pods', rows(5000)],
    [
      'a search with 3,000 hits',
      'k8s.grepLogs',
      { matches: lines(3000).map(line => ({ pod: 'web-1', line })) },
    ],
    ['a file of 250 KB', 'k8s.get', { kind: 'ConfigMap', data: { 'app.log': lines(4000).join('\n') } }],
  ])('extrapolates the first ten pages of %s to within 5 %%', async (_, name, value) => {
    const pages = renderResult(name, value);
    expect(pages.length).toBeGreaterThan(1);
    const read = pages.slice(0, 10).map(page => count(page));
    const exact = read.reduce((sum, tokens) => sum + tokens, 0);
    const found = (await cost(name, value))!;
    const around = 8 + 16 + count('{"namespace":"shop"}');
    expect(found.pages).toBe(read.length);
    expect(Math.abs((found.result - read.length * around) / exact - 1)).toBeLessThan(0.05);
    expect(Math.abs((found.page! - around) / read[0]! - 1)).toBeLessThan(0.05);
  });

  it('reads two pages of whole objects, and more of a list of what was selected', async () => {
    const value = rows(1000);
    expect(renderResult('k8s.list', value).length).toBeGreaterThan(3);
    expect(await cost('k8s.list', value, { kind: 'Pod' })).toMatchObject({ pages: 2 });
    const selected = await cost('k8s.list', value, { kind: 'Pod', fields: ['spec.nodeName'] });
    expect(selected!.pages).toBeGreaterThan(3);
  });

  it('reads the newest page of a log', async () => {
    const value = { lines: lines(2000) };
    const newest = count(renderResult('k8s.logs', value)[0]!);
    const found = (await cost('k8s.logs', value))!;
    expect(found.pages).toBe(1);
    expect(Math.abs(found.result / newest - 1)).toBeLessThan(0.05);
  });
});
