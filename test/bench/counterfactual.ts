// node test/bench/counterfactual.ts <report.json> — what the meter predicted for tools mode from each code run of
// `kv bench --output json`, against runs of the same question that were really made in tools mode: with calls of their
// own, and (modes tools-same-calls, tools-same-calls-sequential) with the code run's very calls.
import { readFileSync } from 'node:fs';
import type { BenchReport, Prediction, RunResult } from '../../src/bench/index.ts';

interface Pair {
  scenario: string;
  way: keyof Prediction;
  mode: (typeof WAYS)[number]['mode'];
  predicted: number;
  real: number;
}

const WAYS = [
  { way: 'batched', mode: 'tools' },
  { way: 'sequential', mode: 'tools-sequential' },
  { way: 'batched', mode: 'tools-same-calls' },
  { way: 'sequential', mode: 'tools-same-calls-sequential' },
] as const;

/** Code runs with the tools runs of the same model, scenario and repeat; both must have found the answer. */
function pairsOf({ columns, runs }: BenchReport): Pair[] {
  const modeOf = (run: RunResult) => columns.find(column => column.id === run.column);
  return runs.flatMap(code => {
    const column = modeOf(code);
    if (column?.mode !== 'code' || !code.predicted || !code.correct) return [];
    const { predicted, scenario } = code;
    return WAYS.flatMap(({ way, mode }) => {
      const real = runs.find(run => {
        const other = modeOf(run);
        const isSame =
          run.scenario === scenario && run.repeat === code.repeat && other?.model === column.model;
        return isSame && other?.mode === mode && !other.peer && run.correct;
      });
      return real ? [{ scenario, way, mode, predicted: predicted[way], real: real.input }] : [];
    });
  });
}

const errorOf = ({ predicted, real }: Pair) => predicted / real - 1;
const percent = (share: number) => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(0)} %`;

function summary(pairs: Pair[]): string {
  const sorted = [...pairs].sort((a, b) => Math.abs(errorOf(a)) - Math.abs(errorOf(b)));
  const [middle, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (!middle || !worst) return 'no pair of runs';
  const median = `median error ${percent(Math.abs(errorOf(middle))).slice(1)}`;
  const mean = sorted.reduce((sum, pair) => sum + Math.abs(errorOf(pair)), 0) / sorted.length;
  return `${median}, mean ${percent(mean).slice(1)} of ${pairs.length} pairs, worst ${percent(errorOf(worst))} (${worst.scenario})`;
}

const path = process.argv[2];
if (path === undefined) throw new Error('Name the JSON file that `kv bench --output json` printed.');
const pairs = pairsOf(JSON.parse(readFileSync(path, 'utf8')) as BenchReport);
for (const pair of pairs) {
  const figures = [pair.predicted, pair.real].map(tokens => tokens.toLocaleString('en').padStart(12));
  process.stdout.write(
    `${pair.scenario.padEnd(22)} ${pair.mode.padEnd(28)}${figures.join('')} ${percent(errorOf(pair)).padStart(8)}\n`,
  );
}
for (const { mode } of WAYS) {
  process.stdout.write(`${mode}: ${summary(pairs.filter(pair => pair.mode === mode))}\n`);
}
