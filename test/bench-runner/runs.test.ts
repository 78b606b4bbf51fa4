import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/bench/policy.ts';
import { runScripted, scenario } from './harness.ts';

describe('a benchmark', () => {
  it('answers the same question in every mode and counts what each really sent', async () => {
    const { results, report } = await runScripted();
    expect(results.map(result => [result.column, result.message, result.correct])).toEqual([
      ['code', undefined, true],
      ['tools', undefined, true],
      ['tools-sequential', undefined, true],
    ]);
    const [code, tools, sequential] = results;
    expect(code!.turns).toHaveLength(2);
    expect(tools!.turns.map(turn => turn.calls)).toEqual([2, 1, 0]);
    expect(sequential!.turns.map(turn => turn.calls)).toEqual([1, 1, 1, 0]);
    for (const result of results) {
      expect(result.estimated).toBe(true);
      expect(result.input).toBe(result.turns.reduce((sum, turn) => sum + turn.input, 0));
      const sizes = result.turns.map(turn => turn.input);
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    }
    expect(sequential!.input).toBeGreaterThan(tools!.input);
    expect(code!.evidence).toEqual({ grounded: 1, total: 1 });
    const factors = report.overall.factors[0]!;
    expect(factors.batched).toBeCloseTo(tools!.input / code!.input);
    expect(code!.predicted!.batched).toBeGreaterThan(0);
    const [own] = report.scenarios[0]!.factors;
    expect(own!.predictedBatched).toBeCloseTo(code!.predicted!.batched / tools!.input);
  });

  it('says what an answer lacks, and compares only right ones', async () => {
    const { results, report } = await runScripted({
      scenarios: [scenario({ expect: ['DATABASE_URL', 'memory'], forbid: ['not set'] })],
      modes: ['code', 'tools'],
    });
    expect(results[0]).toMatchObject({ correct: false, missed: ['memory'], forbidden: ['not set'] });
    expect(report.overall.factors[0]?.batched).toBeUndefined();
  });

  it('makes a failing policy a wrong run, not a broken benchmark', async () => {
    const policy: Policy = {
      code: () => '',
      tools: () => ({ text: '', calls: [{ name: 'k8s.nothing', input: {} }] }),
    };
    const { results } = await runScripted({ scenarios: [scenario({ policy })], modes: ['tools'] });
    expect(results[0]).toMatchObject({ correct: false, status: 'model-unavailable' });
    expect(results[0]!.message).toContain('k8s.nothing');
  });

  it('says what the setup of a live cluster said when it failed', async () => {
    const cluster = { setup: 'echo no kind here >&2; exit 3', teardown: 'true' };
    const { results } = await runScripted({ scenarios: [scenario({ cluster })], modes: ['code'] });
    expect(results[0]).toMatchObject({ correct: false, status: 'failed', turns: [] });
    expect(results[0]!.message).toMatch(/setup command ended with code 3: no kind here/);
  });

  it('runs all columns of a scenario at the same time in a race', async () => {
    const { order } = await runScripted({ modes: ['code', 'tools'], together: true });
    expect(order.slice(0, 2)).toEqual(['start code', 'start tools']);
  });
});

describe('the check of the prediction', () => {
  it('makes the very calls of the code run, and costs what was predicted from it', async () => {
    const { results, report, order } = await runScripted({
      modes: ['tools-same-calls', 'tools-same-calls-sequential', 'code'],
    });
    expect(order.filter(item => item.startsWith('start'))).toEqual([
      'start code',
      'start tools-same-calls',
      'start tools-same-calls-sequential',
    ]);
    const [code, same, sequential] = results;
    expect(code!.turns.map(turn => turn.calls)).toEqual([2, 0]);
    for (const run of [same, sequential]) expect(run!.turns.map(turn => turn.calls)).toEqual([1, 1, 0]);
    const factors = report.scenarios[0]!.factors[0]!;
    expect(factors.predictedSameCalls).toBeCloseTo(code!.predicted!.batched / same!.input);
    expect(Math.abs(factors.predictedSameCalls! - 1)).toBeLessThan(0.05);
    expect(Math.abs(factors.predictedSameCallsSequential! - 1)).toBeLessThan(0.05);
  });

  it('reads as many pages as the meter assumes, together or one after the other', async () => {
    const policy: Policy = {
      code: () => `\`\`\`ts
const [all, some] = await Promise.all([1000, 900].map(limit => k8s.list({ kind: 'Event', namespace: '*', limit })));
const { items } = await k8s.pods({ namespace: 'catalog' });
return finish(all!.count + some!.count + items.length + ' objects, DATABASE_URL');
\`\`\``,
      tools: () => ({ text: '' }),
    };
    const { results, report } = await runScripted({
      scenarios: [scenario({ policy })],
      modes: ['code', 'tools-same-calls', 'tools-same-calls-sequential'],
    });
    const [code, same, sequential] = results;
    expect(code!.turns.map(turn => turn.calls)).toEqual([3]);
    // Both lists have a second page, which takes no call in the cluster.
    expect(same!.turns.map(turn => turn.calls)).toEqual([2, 0, 1, 0]);
    expect(sequential!.turns.map(turn => turn.calls)).toEqual([1, 0, 1, 0, 1, 0]);
    expect(sequential!.correct).toBe(true);
    const factors = report.scenarios[0]!.factors[0]!;
    expect(Math.abs(factors.predictedSameCalls! - 1)).toBeLessThan(0.05);
    expect(Math.abs(factors.predictedSameCallsSequential! - 1)).toBeLessThan(0.05);
  });

  it('needs the code run, of the model scripted', async () => {
    const { report } = await runScripted({ modes: ['tools', 'tools-same-calls'] });
    expect(report.notCovered).toMatchObject([
      { column: 'tools-same-calls', why: expect.stringContaining('mode code') },
    ]);
  });

  it('waits for the code run in a race', async () => {
    const { results } = await runScripted({ modes: ['code', 'tools-same-calls'], together: true });
    expect(results.map(result => [result.column, result.correct])).toEqual([
      ['code', true],
      ['tools-same-calls', true],
    ]);
  });
});

describe('changes', () => {
  /** Scales greeter and waits for what only the timeline makes. */
  const policy: Policy = {
    code: () => '',
    tools: turn => {
      const target = { kind: 'Deployment', name: 'greeter', namespace: 'greeter' };
      const text = turn.results[0] ?? '';
      if (turn.index === 0)
        return { text: '', calls: [{ name: 'k8s.scale', input: { ...target, replicas: 3 } }] };
      if (/den(y|ied)|does not allow/i.test(text)) return { text: `It was denied: ${text}` };
      const input = { ...target, for: 'status.readyReplicas=77', timeoutSeconds: 10 };
      if (turn.index === 1) return { text: '', calls: [{ name: 'k8s.wait', input }] };
      return { text: /met: true/.test(text) ? 'All 77 are ready' : text };
    },
  };
  const scale = (parts: Parameters<typeof scenario>[0]) =>
    scenario({
      id: 'scale',
      question: 'scale greeter to 3',
      namespace: 'greeter',
      kind: 'change',
      policy,
      forbid: [],
      ...parts,
    });

  it('are denied unless the scenario allows them', async () => {
    const { results } = await runScripted({
      scenarios: [scale({ expect: ['was denied'] })],
      modes: ['tools'],
    });
    expect(results[0]).toMatchObject({ correct: true, approvals: { allowed: 0, denied: 1 } });
  });

  it('start the timeline, which the investigation then sees; the next run starts afresh', async () => {
    const path = '/apis/apps/v1/namespaces/greeter/deployments/greeter/status';
    const timeline = [{ afterMs: 0, path, patch: { status: { readyReplicas: 77 } } }];
    const { results } = await runScripted({
      scenarios: [scale({ expect: ['All 77'], approve: true, timeline })],
      modes: ['tools'],
      repeats: 2,
    });
    expect(results.map(result => [result.correct, result.approvals.allowed, result.doubts])).toEqual([
      [true, 1, []],
      [true, 1, []],
    ]);
  });

  it('of the timeline that cannot be made are said', async () => {
    const timeline = [{ afterMs: 0, path: '/api/v1/namespaces/greeter/pods/nobody', patch: {} }];
    const { results } = await runScripted({ scenarios: [scenario({ timeline })], modes: ['code'] });
    expect(results[0]!.doubts).toEqual([expect.stringContaining('nobody')]);
  });
});
