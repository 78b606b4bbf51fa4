import { formatDuration } from '../../shared/text.ts';
import type { BenchReport, Cell, Factors } from '../result.ts';
import { dollars, error, times, whole, withSpread } from './numbers.ts';

/** A table as cells of plain text; numbers go to the right. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** One row a scenario: input tokens of each column, and how they compare; the last row has the medians. */
export function scenarioTable(report: BenchReport): Table {
  const comparisons = comparisonsOf(report);
  const head = [
    'Scenario',
    ...report.columns.map(column => column.label),
    ...comparisons.map(item => item.label),
  ];
  const rows = report.scenarios.map(scenario => [
    scenario.id,
    ...report.columns.map(column => cellText(scenario.cells.find(cell => cell.column === column.id))),
    ...comparisons.map(item => item.text(scenario.factors)),
  ]);
  const medians = report.columns.map(column => {
    const overall = report.overall.columns.find(item => item.column === column.id);
    return overall ? whole(overall.input.median) : '–';
  });
  const compared = comparisons.map(item => item.text(report.overall.factors).replace(/^\+(?=.*%$)/, '±'));
  const last = ['median', ...medians, ...compared];
  return { head, rows: report.scenarios.length > 1 ? [...rows, last] : rows };
}

/** One row a column: right answers, and what a scenario takes. */
export function columnTable(report: BenchReport): Table {
  const isPriced = report.overall.columns.some(column => (column.costUsd?.max ?? 0) > 0);
  const head = [
    'Mode',
    'right',
    'input tokens',
    'output tokens',
    'turns',
    'time',
    ...(isPriced ? ['cost'] : []),
  ];
  const rows = report.overall.columns.map(column => [
    report.columns.find(item => item.id === column.column)?.label ?? column.column,
    `${column.correct}/${column.runs}`,
    withSpread(column.input),
    withSpread(column.output),
    withSpread(column.turns),
    withSpread(column.seconds, value => formatDuration(value * 1000)),
    ...(isPriced ? [column.costUsd ? withSpread(column.costUsd, dollars) : 'unknown'] : []),
  ]);
  return { head, rows };
}

/** One row a kind of question: medians of the comparisons over its scenarios. */
export function kindTable(report: BenchReport): Table {
  const comparisons = comparisonsOf(report).filter(item => !item.label.startsWith('predicted'));
  const rows = report.overall.kinds.map(({ kind, scenarios, factors }) => [
    kind,
    String(scenarios),
    ...comparisons.map(item => item.text(factors)),
  ]);
  return { head: ['Kind', 'scenarios', ...comparisons.map(item => item.label)], rows };
}

function cellText(cell: Cell | undefined): string {
  if (!cell) return '–';
  const wrong = cell.correct === cell.runs ? '' : ` ✗ ${cell.correct}/${cell.runs} right`;
  return `${withSpread(cell.input)}${wrong}`;
}

interface Comparison {
  label: string;
  text(factors: readonly Factors[]): string;
}

/** The comparisons that any scenario has a figure for. */
function comparisonsOf(report: BenchReport): Comparison[] {
  const models = [...new Set(report.columns.map(column => column.model))];
  const peers = [...new Set(report.columns.flatMap(column => column.peer ?? []))];
  const kinds: Array<[string, (factors: Factors) => number | undefined, (value?: number) => string]> = [
    ['tools ÷ code', factors => factors.batched, times],
    ['tools ÷ code-two-turns', factors => factors.twoTurns, times],
    ['tools-sequential ÷ code', factors => factors.sequential, times],
    ...peers.map((peer): (typeof kinds)[number] => [`${peer} ÷ code`, factors => factors.peers[peer], times]),
    ['auto ÷ cheaper', factors => factors.auto, times],
    ['predicted ÷ tools', factors => factors.predictedBatched, error],
    ['predicted ÷ sequential', factors => factors.predictedSequential, error],
    ['predicted ÷ same calls', factors => factors.predictedSameCalls, error],
    ['predicted ÷ same sequential', factors => factors.predictedSameCallsSequential, error],
  ];
  return models.flatMap(model =>
    kinds.flatMap(([label, of, show]) => {
      const ofModel = (factors: readonly Factors[]) => {
        const own = factors.find(item => item.model === model);
        return own && of(own);
      };
      if (report.scenarios.every(scenario => ofModel(scenario.factors) === undefined)) return [];
      return {
        label: models.length > 1 ? `${label} · ${model}` : label,
        text: (factors: readonly Factors[]) => show(ofModel(factors)),
      };
    }),
  );
}
