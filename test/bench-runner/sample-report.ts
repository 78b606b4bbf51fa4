import type { BenchReport, RunResult, TurnFigures } from '../../src/bench/index.ts';
import { summarize } from '../../src/bench/index.ts';
import { planBench } from '../../src/bench/plan.ts';
import { scenario } from './harness.ts';

/** Text that would be markup, script or a request if it were not escaped. */
export const NASTY = `"><script>document.title='owned'</script><img src="http://127.0.0.1:9/x.png" onerror="fail()">| a & b`;

const turn = (input: number): TurnFigures => ({
  mode: 'tools',
  input,
  cached: 0,
  output: 20,
  estimated: true,
  calls: 1,
  durationMs: 5,
});

function run(id: string, column: string, inputs: number[], parts: Partial<RunResult> = {}): RunResult {
  const sum = inputs.reduce((a, b) => a + b, 0);
  return {
    scenario: id,
    column,
    repeat: 1,
    status: 'answered',
    answer: `It is broken: ${NASTY}`,
    correct: true,
    missed: [],
    forbidden: [],
    evidence: { grounded: 1, total: 1 },
    turns: inputs.map(turn),
    input: sum,
    cached: 0,
    output: 20 * inputs.length,
    estimated: true,
    calls: inputs.length,
    costUsd: 0,
    durationMs: 900,
    modelMs: 5,
    waitMs: 0,
    approvals: { allowed: 0, denied: 0 },
    predicted: column === 'code' ? { batched: 4_400, sequential: 9_000 } : undefined,
    doubts: [],
    ...parts,
  };
}

/** Two scenarios in three modes with figures that are easy to check; the second is answered wrongly in tools mode. */
export function sampleReport(): BenchReport {
  const plan = planBench({
    scenarios: [scenario({ id: 'first' }), scenario({ id: 'second', title: NASTY, question: NASTY })],
    modes: ['code', 'tools', 'tools-sequential'],
    models: ['scripted'],
    peers: [],
    repeats: 1,
  });
  const runs = [
    run('first', 'code', [1_000]),
    run('first', 'tools', [1_000, 3_000]),
    run('first', 'tools-sequential', [1_000, 2_000, 3_000, 4_000]),
    run('second', 'code', [1_000, 1_000]),
    run('second', 'tools', [1_000], { correct: false, missed: ['<b>bold</b>'] }),
    run('second', 'tools-sequential', [40_000, 60_000]),
  ];
  const facts = { kv: '0.0.0', at: '2026-11-21T00:00:00Z', command: "kv bench '<x>'", machine: 'a test' };
  return summarize(plan, runs, facts);
}
