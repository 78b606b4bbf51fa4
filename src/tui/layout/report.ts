import type { Report } from '../../agent/report.ts';
import { commandLines, stepOf } from './command.ts';
import { INDENT, type LayoutContext } from './context.ts';
import { proseRows } from './prose.ts';
import { padEnd, type Row, type Span, type StyleName, span } from './row.ts';
import { prefixRows, wrapRow, wrapText } from './wrap.ts';

const VERDICTS: Record<Report['verdict'], { title: string; style: StyleName; bar: StyleName }> = {
  'cause-found': { title: 'Root cause', style: 'badTitle', bar: 'bad' },
  healthy: { title: 'Nothing is wrong', style: 'title', bar: 'ok' },
  inconclusive: { title: 'Inconclusive', style: 'warnTitle', bar: 'warn' },
};

const LABEL = 12;

/**
 * The report: a card behind a coloured bar with verdict, cause, objects and checked evidence. What to do comes last
 * and without the bar, so that commands can be selected and pasted.
 */
export function reportRows(report: Report, context: LayoutContext): Row[] {
  const { title, style, bar } = VERDICTS[report.verdict];
  const width = context.width - INDENT - 2;
  const card: Row[] = [
    [span(title, style), span(`   ${report.confidence} confidence`, 'dim')],
    ...proseRows(report.rootCause, width),
    ...section('Affected', affectedRows(report, context, contentWidth(width)), width),
    ...section('Evidence', evidenceRows(report, context, contentWidth(width)), width),
    ...section('Ruled out', bulleted(report.ruledOut, context, contentWidth(width)), width),
  ];
  const margin = ' '.repeat(INDENT);
  return [
    ...prefixRows(card, [span(`${margin}${context.glyphs.bar} `, bar)]),
    ...prefixRows(stepsRows(report.remediation, context.width - INDENT), [span(margin)]),
  ];
}

function stepsRows(steps: readonly string[], width: number): Row[] {
  if (steps.length === 0) return [];
  const rows = steps.flatMap((step, index) => hangingRows(stepRows(step, width - 3), `${index + 1}. `));
  return [[], [span('What to do', 'bold')], ...rows];
}

function stepRows(step: string, width: number): Row[] {
  const { words, command, comment } = stepOf(step);
  return [
    ...(words ? proseRows(words, width) : []),
    ...commandLines(command, width).flatMap(line => (line ? wrapRow([span(line, 'accent')], width) : [])),
    ...(comment ? wrapRow([span(comment, 'dim')], width) : []),
  ];
}

/** Labels stand in a column of their own where there is room, else above. */
function contentWidth(width: number): number {
  return width >= 64 ? width - LABEL : width - 2;
}

function section(label: string, rows: readonly Row[], width: number): Row[] {
  if (rows.length === 0) return [];
  if (width < 64) return [[], [span(label, 'bold')], ...prefixRows(rows, [span('  ')])];
  return [[], ...rows.map((row, index) => [span(padEnd(index === 0 ? label : '', LABEL), 'bold'), ...row])];
}

function affectedRows(report: Report, { glyphs }: LayoutContext, width: number): Row[] {
  return report.affected.flatMap(({ ref, verified }) => {
    const doubt = verified ? [] : [span('  not seen in any call', 'bad')];
    return wrapRow([mark(verified, glyphs.ok, glyphs.bad), span(` ${ref}`), ...doubt], width, [span('  ')]);
  });
}

function evidenceRows(report: Report, { glyphs }: LayoutContext, width: number): Row[] {
  return report.evidence.flatMap(({ quote, source, verified }) => {
    const quoted = wrapText(quote, width - 2, undefined).slice(0, 8);
    const origin = verified ? source : `${source ? `${source}; ` : ''}not found in what the calls returned`;
    return [
      ...quoted.map(
        (row, index): Row => [
          index === 0 ? mark(verified, glyphs.ok, glyphs.bad) : span(' '),
          span(' '),
          ...row,
        ],
      ),
      ...wrapRow([span('  '), span(origin, verified ? 'dim' : 'bad')], width, [span('  ')]),
    ];
  });
}

function mark(verified: boolean, ok: string, bad: string): Span {
  return verified ? span(ok, 'ok') : span(bad, 'bad');
}

function bulleted(items: readonly string[], { glyphs }: LayoutContext, width: number): Row[] {
  const lead = `${glyphs.dot} `;
  return items.flatMap(item => hangingRows(proseRows(item, width - lead.length), lead));
}

function hangingRows(rows: readonly Row[], lead: string): Row[] {
  return rows.map((row, index) => [span(index === 0 ? lead : ' '.repeat(lead.length), 'dim'), ...row]);
}
