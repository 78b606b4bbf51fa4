import type { BenchPlan } from '../plan.ts';
import type {
  BenchColumn,
  BenchReport,
  Cell,
  ColumnSummary,
  Factors,
  KindSummary,
  RunResult,
  ScenarioSummary,
} from '../result.ts';
import { factorsOf, medianFactors } from './factors.ts';
import { knownSpread, spreadOf } from './spread.ts';

export type BenchFacts = Pick<BenchReport, 'kv' | 'at' | 'command' | 'machine'>;

/** Everything that a benchmark has to say, from its runs. Scenarios and columns are in the plan's order. */
export function summarize(plan: BenchPlan, runs: readonly RunResult[], facts: BenchFacts): BenchReport {
  const planned = [...new Set(plan.groups.map(group => group.scenario))];
  const scenarios = planned.map((scenario): ScenarioSummary => {
    const own = runs.filter(run => run.scenario === scenario.id);
    const cells = plan.columns.flatMap(column => cellOf(column, own) ?? []);
    const { id, title, question, kind } = scenario;
    return { id, title, question, kind, cells, factors: factorsOf(plan.columns, cells) };
  });
  const columns = plan.columns.flatMap(column => columnSummary(column, scenarios) ?? []);
  const factors: Factors[] = medianFactors(scenarios.flatMap(scenario => scenario.factors));
  return {
    v: 1,
    ...facts,
    columns: plan.columns,
    scenarios,
    overall: { columns, factors, kinds: kindsOf(scenarios) },
    notCovered: plan.notCovered,
    runs: [...runs],
  };
}

function kindsOf(scenarios: readonly ScenarioSummary[]): KindSummary[] {
  return [...Map.groupBy(scenarios, scenario => scenario.kind)].map(([kind, own]) => ({
    kind,
    scenarios: own.length,
    factors: medianFactors(own.flatMap(scenario => scenario.factors)),
  }));
}

function cellOf(column: BenchColumn, runs: readonly RunResult[]): Cell | undefined {
  const own = runs.filter(run => run.column === column.id);
  if (own.length === 0) return undefined;
  const of = (value: (run: RunResult) => number) => spreadOf(own.map(value));
  const predicted = own.flatMap(run => run.predicted ?? []);
  return {
    column: column.id,
    runs: own.length,
    correct: own.filter(run => run.correct).length,
    input: of(run => run.input),
    cached: of(run => run.cached),
    output: of(run => run.output),
    turns: of(run => run.turns.length),
    calls: of(run => run.calls),
    seconds: of(run => run.durationMs / 1000),
    waitSeconds: of(run => run.waitMs / 1000),
    costUsd: knownSpread(own.map(run => run.costUsd)),
    evidence: {
      grounded: own.reduce((sum, run) => sum + run.evidence.grounded, 0),
      total: own.reduce((sum, run) => sum + run.evidence.total, 0),
    },
    predicted:
      predicted.length === 0
        ? undefined
        : {
            batched: spreadOf(predicted.map(item => item.batched)).median,
            sequential: spreadOf(predicted.map(item => item.sequential)).median,
          },
  };
}

function columnSummary(
  column: BenchColumn,
  scenarios: readonly ScenarioSummary[],
): ColumnSummary | undefined {
  const cells = scenarios.flatMap(scenario => scenario.cells.filter(cell => cell.column === column.id));
  if (cells.length === 0) return undefined;
  return {
    column: column.id,
    scenarios: cells.length,
    runs: cells.reduce((sum, cell) => sum + cell.runs, 0),
    correct: cells.reduce((sum, cell) => sum + cell.correct, 0),
    input: spreadOf(cells.map(cell => cell.input.median)),
    output: spreadOf(cells.map(cell => cell.output.median)),
    turns: spreadOf(cells.map(cell => cell.turns.median)),
    seconds: spreadOf(cells.map(cell => cell.seconds.median)),
    costUsd: knownSpread(cells.map(cell => cell.costUsd?.median)),
  };
}
