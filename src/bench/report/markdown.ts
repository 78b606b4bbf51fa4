import type { BenchReport } from '../result.ts';
import { methodNotes, remarks } from './notes.ts';
import { columnTable, kindTable, scenarioTable, type Table } from './tables.ts';

/** The report as Markdown: tables as they stand in the README, the command that made them, and how to read them. */
export function markdownReport(report: BenchReport): string {
  const parts = [
    'Input tokens by scenario and mode:',
    markdownTable(scenarioTable(report)),
    ...(report.overall.kinds.length > 1
      ? ['By kind of question, medians:', markdownTable(kindTable(report))]
      : []),
    'By mode, medians over the scenarios (lowest–highest):',
    markdownTable(columnTable(report)),
    `Measured with \`${report.command}\` (kv ${report.kv}, ${report.at.slice(0, 10)}, ${report.machine}).`,
    methodNotes(report).map(bullet).join('\n'),
    remarks(report).map(bullet).join('\n'),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function markdownTable({ head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function bullet(text: string): string {
  return `- ${text.replace(/\s+/g, ' ').replaceAll('<', '&lt;')}`;
}

function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
