import type { Report } from '../report.ts';

const VERDICTS = {
  'cause-found': 'Root cause',
  healthy: 'Nothing is wrong',
  inconclusive: 'Inconclusive',
} as const;

/** A report as plain text, as headless text output and `kv sessions show --output markdown` print it. */
export function reportText(report: Report): string {
  const sections = [
    `${VERDICTS[report.verdict]} (confidence ${report.confidence})\n${report.rootCause}`,
    list(
      'Affected',
      report.affected.map(item => item.ref + (item.verified ? '' : ' (not found in the data)')),
    ),
    list(
      'Evidence',
      report.evidence.map(
        item =>
          `"${item.quote}"${item.source ? ` — ${item.source}` : ''}${item.verified ? '' : ' (not found in the data)'}`,
      ),
    ),
    list('What to do', report.remediation),
    list('Ruled out', report.ruledOut),
  ];
  return sections.filter(Boolean).join('\n\n');
}

function list(title: string, items: string[]): string {
  return items.length === 0 ? '' : `${title}\n${items.map(item => `- ${item}`).join('\n')}`;
}
