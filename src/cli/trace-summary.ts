import { formatBytes, formatDuration } from '../shared/text.ts';
import { chains, functionStats, openTrace } from '../trace/index.ts';
import type { RecordingSummary } from '../trace/recorder/index.ts';
import { number, wrap } from './trace-table.ts';
import { statsText } from './trace-text.ts';

const TOP = 5;
const SENTENCES = 3;
const PIPE_COLUMNS = 80;
const WIDEST = 120;
export interface SummaryOptions {
  output: 'text' | 'json';
  /** Where text goes; JSON is always the last line of standard output. */
  out: NodeJS.WriteStream;
}

/** What a recording came to: the file, the functions that took most time, the first chains, and what to do next. */
export async function printSummary(
  summary: RecordingSummary,
  { output, out }: SummaryOptions,
): Promise<void> {
  const width = out.isTTY ? Math.max(40, Math.min(WIDEST, out.columns - 1)) : PIPE_COLUMNS;
  const write = (part: string) => void (part && output === 'text' && out.write(`${part}\n`));
  // Part by part: finding chains in a long recording takes some seconds.
  write(headText(summary, width));
  const reader = await openTrace(summary.path);
  try {
    const functions = functionStats(reader).slice(0, TOP);
    if (functions.length > 0) write(`\n${statsText({ functions, totals: [], sums: [] }, width)}`);
    const found = chains(reader)
      .slice(0, SENTENCES)
      .map(chain => chain.sentence);
    if (output === 'json')
      process.stdout.write(`${JSON.stringify({ ...summary, functions, chains: found })}\n`);
    if (found.length > 0) write(`\n${found.map(sentence => wrap(`- ${sentence}`, width, '  ')).join('\n')}`);
    if (summary.seen > 0) write(`\n${nextText(summary.path)}`);
  } finally {
    reader.close();
  }
}

function headText(
  { path, durationMs, bytes, seen, calls, dropped, notes }: RecordingSummary,
  width: number,
): string {
  const lost = dropped.filter(({ count }) => count > 0);
  const lostText = lost.map(({ place, count }) => `${number(count)} (${place})`).join(', ');
  const figures = `${formatDuration(durationMs)}, ${number(seen)} calls seen, ${number(calls)} kept, ${lostText || 'none'} lost`;
  const lines = [
    `Recorded ${path} (${formatBytes(bytes)}): ${figures}.`,
    ...notes.map(note => `Note: ${note}`),
  ];
  return lines.map(line => wrap(line, width, '  ')).join('\n');
}

function nextText(path: string): string {
  const file = /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path}'`;
  return [`kv trace chains ${file}`, `kv investigate --trace ${file} "why is it slow?"`].join('\n');
}
