import stringWidth from 'string-width';
import type { BenchReport } from '../result.ts';
import { methodNotes, remarks } from './notes.ts';
import { columnTable, scenarioTable, type Table } from './tables.ts';

/** The report for a terminal or a log: aligned columns, no markup. */
export function textReport(report: BenchReport): string {
  const parts = [
    `kv bench · ${report.scenarios.length} ${report.scenarios.length === 1 ? 'scenario' : 'scenarios'} · kv ${report.kv} · ${report.machine}`,
    alignedTable(scenarioTable(report)),
    alignedTable(columnTable(report)),
    remarks(report).join('\n'),
    methodNotes(report).join('\n'),
    `Repeat with: ${report.command}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function alignedTable({ head, rows }: Table): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map(row => stringWidth(row[i] ?? ''))));
  const line = (row: string[]) =>
    row
      .map((cell, i) => {
        const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - stringWidth(cell)));
        return i === 0 ? cell + blanks : blanks + cell;
      })
      .join('  ')
      .trimEnd();
  return [line(head), widths.map(width => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
