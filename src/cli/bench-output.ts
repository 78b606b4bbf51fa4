import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  type BenchEvent,
  type BenchReport,
  htmlReport,
  markdownReport,
  type RunResult,
  reasonOf,
  textReport,
} from '../bench/index.ts';
import { KvError, messageOf } from '../shared/errors.ts';
import { formatDuration, oneLine } from '../shared/text.ts';
import type { BenchOptions, BenchOutput } from './commands/bench.ts';

const FORMATS: Record<BenchOutput, (report: BenchReport) => string> = {
  text: textReport,
  json: report => `${JSON.stringify(report, null, 2)}\n`,
  markdown: markdownReport,
  html: htmlReport,
};

const EXTENSIONS: Record<string, BenchOutput> = { '.json': 'json', '.html': 'html', '.txt': 'text' };

/** Writes the report where the options say; `shown` is true where a race has shown it already. */
export async function writeReport(report: BenchReport, options: BenchOptions, shown: boolean): Promise<void> {
  const { file, output } = options;
  if (file === undefined) {
    if (!shown) process.stdout.write(FORMATS[output ?? 'markdown'](report));
    return;
  }
  const format = output ?? EXTENSIONS[extname(file).toLowerCase()] ?? 'markdown';
  try {
    await writeFile(file, FORMATS[format](report));
  } catch (error) {
    throw new KvError('usage', `The report cannot be written to ${file}: ${messageOf(error)}.`, {
      hint: 'Give a file in a folder that exists and that you may write to.',
    });
  }
  process.stderr.write(`Wrote ${file}.\n`);
}

/** One line on stderr for each run that has ended. */
export function progressWriter(total: number): (event: BenchEvent) => void {
  let done = 0;
  return event => {
    if (event.type !== 'run-finished') return;
    done += 1;
    process.stderr.write(`${oneLine(progressLine(event.result, done, total), 300)}\n`);
  };
}

function progressLine(result: RunResult, done: number, total: number): string {
  const { scenario, column, input, turns, durationMs } = result;
  const figures = `${input.toLocaleString('en')} tokens, ${turns.length} ${turns.length === 1 ? 'turn' : 'turns'}, ${formatDuration(durationMs)}`;
  return `[${done}/${total}] ${scenario} ${column}: ${figures}, ${result.correct ? 'right' : `WRONG: ${reasonOf(result)}`}`;
}
