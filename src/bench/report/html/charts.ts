import type { BenchReport, Factors, RunResult } from '../../result.ts';
import { short, times, whole } from '../numbers.ts';
import { type BarGroup, barChart } from './bars.ts';
import { lineChart } from './lines.ts';
import { html, type Markup } from './markup.ts';

/** Colours that there are; further columns share the last one and are told apart by their names. */
const SERIES = 6;

export function seriesOf(index: number): number {
  return Math.min(index, SERIES - 1);
}

/** Input tokens of each scenario, one bar a column. */
export function tokenBars(report: BenchReport): Markup {
  const groups = report.scenarios.map((scenario): BarGroup => {
    const bars = report.columns.flatMap((column, i) => {
      const cell = scenario.cells.find(item => item.column === column.id);
      if (!cell) return [];
      const note = cell.correct === cell.runs ? undefined : '✗ wrong';
      return [{ series: seriesOf(i), label: column.label, value: cell.input.median, note }];
    });
    return { title: scenario.id, bars };
  });
  return barChart({ id: 'tokens', groups, show: value => (value < 10_000 ? whole(value) : short(value)) });
}

/** How many times what code mode reads each other column reads. */
export function factorBars(report: BenchReport): Markup | undefined {
  const groups = report.scenarios.map((scenario): BarGroup => {
    const bars = report.columns.flatMap((column, i) => {
      const factors = scenario.factors.find(item => item.model === column.model);
      const value = factors && factorOf(factors, column);
      return value === undefined ? [] : [{ series: seriesOf(i), label: column.label, value }];
    });
    return { title: scenario.id, bars };
  });
  const withBars = groups.filter(group => group.bars.length > 0);
  if (withBars.length === 0) return undefined;
  return barChart({ id: 'factors', groups: withBars, show: times, from: 1 });
}

function factorOf(factors: Factors, column: BenchReport['columns'][number]): number | undefined {
  if (column.peer) return factors.peers[column.peer];
  if (column.mode === 'tools') return factors.batched;
  return column.mode === 'tools-sequential' ? factors.sequential : undefined;
}

/** Tokens read up to each turn. */
export function spentByTurn(report: BenchReport): Markup {
  return multiples(report, 'spent', run => {
    let sum = 0;
    return run.turns.map(turn => {
      sum += turn.input;
      return sum;
    });
  });
}

/** The size of each request. */
export function contextByTurn(report: BenchReport): Markup {
  return multiples(report, 'context', run => run.turns.map(turn => turn.input));
}

function multiples(report: BenchReport, id: string, valuesOf: (run: RunResult) => number[]): Markup {
  const charts = report.scenarios.map(scenario => {
    const lines = report.columns.flatMap((column, i) => {
      const run = typicalRun(
        report.runs.filter(item => item.scenario === scenario.id && item.column === column.id),
      );
      return run ? [{ series: seriesOf(i), label: column.label, values: valuesOf(run) }] : [];
    });
    return lineChart(scenario.id, lines);
  });
  return html`<div class="multiples" id="${id}">${charts}</div>`;
}

/** Of several repeats the one in the middle, by input tokens. */
function typicalRun(runs: readonly RunResult[]): RunResult | undefined {
  const sorted = [...runs].sort((a, b) => a.input - b.input);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
