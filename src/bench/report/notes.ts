import type { BenchReport } from '../result.ts';

/** How the figures came about: what a reader needs to judge them. One sentence or two each. */
export function methodNotes(report: BenchReport): string[] {
  const has = (mode: string) => report.columns.some(column => column.mode === mode && !column.peer);
  const peers = report.columns.flatMap(column => column.peer ?? []);
  const repeats = Math.max(1, ...report.runs.map(run => run.repeat));
  const models = [...new Set(report.columns.map(column => column.model))];
  const estimated = report.runs.some(run => run.estimated);
  return [
    'Figures are input tokens: all that the model read over all turns of a question, cached tokens included.',
    estimated
      ? 'Where a provider reports no tokens, kv counts the real requests with the o200k vocabulary.'
      : 'Tokens are those that the provider reported.',
    models.includes('scripted') &&
      'The model "scripted" follows a policy for each mode and scenario, written down as a competent model would work: it chooses each step from what the calls returned. Everything else is real: sandbox, calls, rendering, limits.',
    has('code-two-turns') &&
      'code-two-turns: the same scripts, but none ends the question itself with finish(): the model reads what the script says and answers in a turn of its own.',
    has('tools') &&
      'tools: the same capabilities as single tool calls; those that do not need each other go out in one batch.',
    has('tools-sequential') && 'tools-sequential: the same, one call an answer.',
    has('auto') && 'auto ÷ cheaper: auto mode over the cheaper of code and tools.',
    report.runs.some(run => run.predicted) &&
      'predicted: what the meter, seeing only the code run, said tools mode would have read, as a distance from a tools run that was really made; the last row has the median distance. Tools mode may ask for other things than the script did.',
    (has('tools-same-calls') || has('tools-same-calls-sequential')) &&
      'same calls: tools mode that makes the very calls of the code run and reads as many pages as the meter assumes. That is exactly what is predicted.',
    peers.length > 0 &&
      `${peers.join(', ')}: tools mode with that MCP server's tools and results as it gives them; changes are not asked for.`,
    "A run is right if its report or answer matches all of the scenario's patterns and none of those it must not match. Only scenarios answered rightly in every repeat are compared.",
    report.notCovered.length > 0 && 'Medians of a column are over the scenarios that it covers.',
    repeats > 1 &&
      `Figures are medians of ${repeats} runs, with the lowest and the highest in brackets where they differ.`,
  ].filter(note => note !== false);
}

/** What was left out or went wrong, one sentence each. */
export function remarks(report: BenchReport): string[] {
  const left = Map.groupBy(report.notCovered, item => `${item.column}: ${item.why}`);
  const notCovered = [...left].map(([what, items]) => {
    return `Not covered by ${what} (${items.map(item => item.scenario).join(', ')}).`;
  });
  const wrong = report.runs
    .filter(run => !run.correct)
    .map(run => `${run.scenario}, ${run.column}, run ${run.repeat}: ${reasonOf(run)}.`);
  const doubts = report.runs.flatMap(run =>
    run.doubts.map(doubt => `${run.scenario}, ${run.column}, run ${run.repeat}: ${doubt}`),
  );
  return [...notCovered, ...wrong, ...doubts];
}

/** Why a run was not right, in a few words. */
export function reasonOf(run: BenchReport['runs'][number]): string {
  if (run.status !== 'answered') return `${run.status}, ${(run.message ?? '').replace(/\.$/, '')}`;
  const missed = run.missed.map(pattern => `does not say /${pattern}/`);
  const forbidden = run.forbidden.map(pattern => `says /${pattern}/`);
  return [...missed, ...forbidden].join(', ') || 'right';
}
