import { isRecord } from '../../../../shared/json.ts';
import { blockLines } from './block.ts';
import type { Line } from './line.ts';

/** `diagnose.*`: the findings one after the other, evidence in the form in which a report quotes it. */
export function diagnosisLines(value: unknown): Line[] | undefined {
  if (!isRecord(value) || !Array.isArray(value['findings'])) return undefined;
  const { subject, exists, healthy, summary, findings, checked, ...rest } = value;
  const state = exists === false ? 'does not exist' : healthy === true ? 'healthy' : 'not healthy';
  const list = findings.filter(isRecord);
  const lines: Line[] = [{ text: `${subject}: ${state}` }];
  // The summary opens with the count and repeats the first finding.
  if (typeof summary === 'string')
    lines.push({ text: list.length > 0 ? sentence(summary, list[0]!) : summary });
  for (const [i, finding] of list.entries()) lines.push(...findingLines(finding, i + 1));
  // What was looked for matters where nothing was found.
  if (Array.isArray(checked) && list.length === 0) lines.push({ text: `checked: ${checked.join('; ')}` });
  return [...lines.filter(line => line.text !== ''), ...blockLines(rest)];
}

function findingLines(finding: Record<string, unknown>, number: number): Line[] {
  const { mode, severity, object, workload, rootCause, evidence, remediation, ruledOut, affected, causedBy } =
    finding;
  const head = [`${number}. ${severity} ${mode}: ${refText(object)}`, workload && `of ${workload}`];
  const text = head.filter(Boolean).join(' ');
  const rows = [
    String(rootCause),
    ...list(evidence).map(
      item =>
        `evidence: "${isRecord(item) ? item['quote'] : item}" — ${isRecord(item) ? item['source'] : ''}`,
    ),
    ...list(remediation).map(item => `remedy: ${item}`),
    ...list(ruledOut).map(item => `ruled out: ${item}`),
  ];
  if (list(affected).length > 0) rows.push(`affected: ${list(affected).join(', ')}`);
  if (causedBy) rows.push(`caused by: ${refText(causedBy)}`);
  return [{ text }, ...rows.flatMap(row => row.split('\n')).map(row => ({ text: `   ${row}`, head: text }))];
}

/** What the summary says beyond the first finding. */
function sentence(summary: string, first: Record<string, unknown>): string {
  return summary.replace(String(first['rootCause']), '').trim();
}

function refText(ref: unknown): string {
  if (!isRecord(ref)) return String(ref ?? '');
  return `${ref['kind']} ${ref['namespace'] ? `${ref['namespace']}/` : ''}${ref['name']}`;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
