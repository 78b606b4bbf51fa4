import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { allCapabilities } from '../../src/agent/capabilities.ts';
import { DEFAULT_QUESTION_LIMITS } from '../../src/agent/limits.ts';
import { createPolicyModel } from '../../src/bench/policy-model.ts';
import { judge } from '../../src/bench/run/judge.ts';
import { runOne } from '../../src/bench/run/run-one.ts';
import { demoSnapshot } from '../../src/bench/scenarios/index.ts';
import { BENCH_SCENARIOS } from '../../src/bench/scenarios/suite.ts';
import { createCatalog } from '../../src/capabilities/catalog.ts';
import { relevantCapabilities } from '../../src/capabilities/relevant.ts';

// The demo cluster is made once, under the repository's own cache folder.
const CACHE = resolve('node_modules/.cache/kv-test/kv');
const NOTHING_WRONG = `REPORT
Verdict: healthy
Root cause: Nothing is wrong: everything that was looked at is running and ready, with no errors.
Confidence: high`;

let snapshot = '';
beforeAll(async () => {
  snapshot = await demoSnapshot(CACHE, () => {});
}, 60_000);

function work(scenario: (typeof BENCH_SCENARIOS)[number], mode: 'code' | 'tools') {
  const planned = { ...scenario, cluster: { snapshot }, directory: CACHE };
  const column = { id: mode, label: mode, mode, model: 'scripted' };
  return runOne(
    {
      version: '0.0.0',
      model: async () => createPolicyModel(scenario.policy!, { id: scenario.id }),
      peers: new Map(),
      limits: () => DEFAULT_QUESTION_LIMITS,
      env: {},
      now: Date.now,
    },
    { scenario: planned, column, repeat: 1 },
    () => {},
    AbortSignal.timeout(60_000),
  );
}

describe.each(BENCH_SCENARIOS.map(scenario => [scenario.id, scenario] as const))('%s', (_, scenario) => {
  it.each(['code', 'tools'] as const)('is answered right in %s mode', { timeout: 60_000 }, async mode => {
    const result = await work(scenario, mode);
    expect({ ...result, turns: result.turns.length }).toMatchObject({
      status: 'answered',
      missed: [],
      forbidden: [],
      doubts: [],
    });
    expect(result.evidence.grounded).toBe(result.evidence.total);
  });

  it('expects what neither the question nor an empty answer says', () => {
    for (const pattern of scenario.expect) {
      expect(scenario.question).not.toMatch(new RegExp(pattern, 'i'));
      expect(NOTHING_WRONG).not.toMatch(new RegExp(pattern, 'i'));
    }
    expect(scenario.expect.length).toBeGreaterThan(0);
    expect(judge(scenario, NOTHING_WRONG).correct).toBe(false);
  });

  it('asks in its script only for what both modes declare for the question', () => {
    const declared = relevantCapabilities(createCatalog(allCapabilities()), scenario.question);
    const script = scenario.policy!.code({ index: 0, results: [], seen: [] });
    const used = new Set(Array.from(script.matchAll(/\b(?:k8s|diagnose)\.\w+/g), match => match[0]));
    expect(declared).toEqual(expect.arrayContaining([...used]));
  });
});

it('has scenarios of every kind, each with a name of its own', () => {
  expect(new Set(BENCH_SCENARIOS.map(scenario => scenario.id)).size).toBe(BENCH_SCENARIOS.length);
  const kinds = new Set(BENCH_SCENARIOS.map(scenario => scenario.kind));
  expect([...kinds].sort()).toEqual(['audit', 'cause', 'change', 'lookup', 'search', 'wait']);
});
