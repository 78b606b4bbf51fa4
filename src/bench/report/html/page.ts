import type { BenchReport } from '../../result.ts';
import { methodNotes, reasonOf, remarks } from '../notes.ts';
import { times, whole } from '../numbers.ts';
import { columnTable, scenarioTable, type Table } from '../tables.ts';
import { contextByTurn, factorBars, seriesOf, spentByTurn, tokenBars } from './charts.ts';
import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** Characters of an answer that the page shows; the JSON report has all of them. */
const ANSWER_CHARACTERS = 6_000;

/** The report as one page that asks for nothing from outside and runs no script. */
export function htmlReport(report: BenchReport): string {
  const factors = factorBars(report);
  const legendList = legend(report);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>kv bench, ${report.at.slice(0, 10)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>Scripts against tool calls</h1>
<p>${report.scenarios.length === 1 ? 'One question' : `${report.scenarios.length} questions`} with known answers, worked on in each mode.</p>
<p class="meta">kv ${report.kv}, ${report.at.slice(0, 10)}, ${report.machine}<br><code>${report.command}</code></p>
</header>
${keyFigures(report)}
<section><h2>Input tokens by scenario</h2>
<p class="hint">All that the model read to answer, median of the runs.</p>
${legendList}
${tokenBars(report)}</section>
${factors ? html`<section><h2>How many times what scripts read</h2><p class="hint">Input tokens over those of code mode. Left of 1× tool calls were cheaper.</p>${factors}</section>` : ''}
<section><h2>Tokens by turn</h2>
<p class="hint">Read up to each turn of the typical run. Each turn sends everything before it again.</p>
${legendList}
${spentByTurn(report)}</section>
<section><h2>Context by turn</h2>
<p class="hint">The size of each request: what is in the model's context.</p>
${legendList}
${contextByTurn(report)}</section>
<section><h2>Figures</h2>
${table(scenarioTable(report), report.scenarios.length > 1)}
${table(columnTable(report), false)}</section>
${list('Left out or wrong', remarks(report))}
${list('Method', methodNotes(report))}
<section><h2>Answers</h2>
${report.scenarios.map(scenario => answers(report, scenario))}</section>
</body>
</html>
`;
  return page.text;
}

function keyFigures(report: BenchReport): Markup {
  const { columns, factors } = report.overall;
  const right = columns.reduce((sum, column) => sum + column.correct, 0);
  const runs = columns.reduce((sum, column) => sum + column.runs, 0);
  const first = factors[0];
  const figures: Array<[string, string, string]> = [
    ['Right answers', `${right}/${runs}`, 'over all modes'],
    ...columns
      .slice(0, 2)
      .map((column): [string, string, string] => [
        report.columns.find(item => item.id === column.column)?.label ?? column.column,
        whole(column.input.median),
        'input tokens, median',
      ]),
    ...(first?.batched === undefined ? [] : [factor('tools ÷ code', first.batched)]),
    ...(first?.twoTurns === undefined ? [] : [factor('tools ÷ code-two-turns', first.twoTurns)]),
    ...(first?.sequential === undefined ? [] : [factor('tools-sequential ÷ code', first.sequential)]),
  ];
  return html`<dl class="figures">${figures.map(([name, value, unit]) => html`<div><dt>${name}</dt><dd>${value}<small>${unit}</small></dd></div>`)}</dl>`;
}

function factor(name: string, value: number): [string, string, string] {
  return [name, times(value), 'median over the scenarios'];
}

function legend(report: BenchReport): Markup {
  return html`<ul class="legend">${report.columns.map((column, i) => html`<li><i class="s${seriesOf(i)}"></i>${column.label}</li>`)}</ul>`;
}

function table({ head, rows }: Table, hasMedians: boolean): Markup {
  const isLast = (i: number) => hasMedians && i === rows.length - 1;
  return html`<div class="scroll"><table><thead><tr>${head.map(cell => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>
${rows.map(
  (
    row,
    i,
  ) => html`<tr class="${isLast(i) ? 'last' : ''}">${row.map(cell => html`<td class="${cell.includes('✗') ? 'wrong' : ''}">${cell}</td>`)}</tr>
`,
)}</tbody></table></div>`;
}

function list(title: string, items: string[]): Markup {
  if (items.length === 0) return html``;
  return html`<section><h2>${title}</h2><ul>${items.map(item => html`<li>${item}</li>`)}</ul></section>`;
}

function answers(report: BenchReport, scenario: BenchReport['scenarios'][number]): Markup {
  const first = report.columns.flatMap(
    column => report.runs.find(run => run.scenario === scenario.id && run.column === column.id) ?? [],
  );
  return html`<details><summary><b>${scenario.id}</b> “${scenario.question}”</summary>
${first.map(
  run => html`<h3 class="${run.correct ? '' : 'wrong'}">${run.column}: ${reasonOf(run)}</h3><pre>${run.answer.slice(0, ANSWER_CHARACTERS) || '(no answer)'}</pre>
`,
)}</details>
`;
}
