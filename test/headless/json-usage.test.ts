import { describe, expect, it } from 'vitest';
import { createWriter, type JsonResult } from '../../src/headless/index.ts';
import { openTestSession } from '../helpers/session.ts';

const SCRIPT = "I look.\n\n```ts\nreturn (await k8s.pods({ namespace: 'checkout' })).items.length;\n```";

async function usageOf(mode: 'code' | 'tools', steps: Parameters<typeof openTestSession>[1]) {
  const session = await openTestSession('test/fixtures/small-cluster', steps, {
    namespace: 'checkout',
    mode,
  });
  let out = '';
  const writer = createWriter('json', {
    out: text => {
      out += text;
    },
    err: () => {},
  });
  await session.controller.ask('how many pods are there?');
  await session.controller.close();
  await session.done;
  for (const event of session.events) writer.event(event);
  writer.end();
  return (JSON.parse(out) as JsonResult).usage;
}

describe('usage in JSON', () => {
  it('has turns, parts of the prompts, and what tools mode would have cost', async () => {
    const usage = await usageOf('code', [SCRIPT, 'There is one pod.']);
    expect(usage.turns).toMatchObject([
      { turn: 1, mode: 'code', estimated: true, costUsd: 0 },
      { turn: 2, mode: 'code' },
    ]);
    const parts = Object.values(usage.parts).reduce((sum, tokens) => sum + tokens, 0);
    expect(parts).toBe(usage.input + usage.cacheRead + usage.cacheWrite);
    expect(usage.toolsMode).toMatchObject({
      calls: 1,
      sequential: { requests: 2 },
      batched: { requests: 2 },
    });
    const { input, output, factor } = usage.toolsMode!.batched;
    expect(factor.tokens).toBeCloseTo((input + output) / (usage.input + usage.output), 2);
    expect(factor.costUsd).toBeNull();
  });

  it('compares nothing where the model called tools itself', async () => {
    const call = { toolCalls: [{ name: 'k8s_pods', input: { namespace: 'checkout' } }] };
    const usage = await usageOf('tools', [call, 'There is one pod.']);
    expect(usage.turns.map(turn => turn.mode)).toEqual(['tools', 'tools']);
    expect(usage.toolsMode).toBeNull();
  });
});
