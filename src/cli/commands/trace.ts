import { type Command, InvalidArgumentError, Option } from 'commander';
import { KvError } from '../../shared/errors.ts';
import { EXPORT_FORMATS } from '../../trace/export/format.ts';
import { duration, positive } from '../options.ts';
import type { CompareOptions, TraceOptions } from '../trace.ts';
import type { ExportOptions } from '../trace-export.ts';
import { withRecording } from './trace-record.ts';

/** `kv trace --cuda` records a trace, `kv trace <view> FILE` says what is in one. */
export function registerTrace(program: Command): void {
  const trace = withRecording(
    program
      .command('trace')
      .description('record and read GPU traces: why CUDA calls were slow and the GPU idle'),
  );
  for (const [name, description] of VIEWS) {
    const command = withOutput(trace.command(name).description(description).argument('<file>', FILE));
    if (name !== 'schema') command.option('--limit <n>', 'rows at most', positive);
    if (name !== 'schema' && name !== 'processes') withWindow(command);
    if (name === 'stats' || name === 'stacks') command.option('--fn <text>', 'part of a function name');
    if (['stats', 'timeline', 'stacks'].includes(name))
      command.option('--pid <n>', 'only this process', positive);
    if (name === 'timeline') {
      command
        .option('--tid <n>', 'only this thread', positive)
        .option('--min <time>', 'leave out what is shorter: 1ms', duration);
    }
    command.action(async (file: string, options: TraceOptions) => {
      const { showTrace } = await import('../trace.ts');
      await showTrace(name, file, options);
    });
  }
  withOutput(
    trace
      .command('sql')
      .description('run a SELECT over a trace')
      .argument('<file>', FILE)
      .argument('<query>'),
  )
    .option('--limit <n>', 'rows at most', positive)
    .option('--timeout <time>', 'stop after: 10s', duration)
    .action(async (file: string, query: string, options: TraceOptions) => {
      const { showSql } = await import('../trace.ts');
      await showSql(file, query, options);
    });
  withOutput(
    trace
      .command('compare')
      .description('two traces, or two windows of one, function by function')
      .argument('<before>', FILE)
      .argument('[after]', 'the other; left out: the same'),
  )
    .option('--before <window>', 'part of the first: 0s-10s', range)
    .option('--after <window>', 'part of the second: 10s-60s', range)
    .option('--limit <n>', 'rows at most', positive)
    .action(async (before: string, after: string | undefined, options: CompareOptions) => {
      if (after === undefined && !(options.before && options.after)) {
        throw new KvError('usage', 'There is one trace and nothing to compare it with.', {
          hint: 'Name a second file, or two windows: --before 0s-10s --after 10s-60s.',
        });
      }
      const { compareFiles } = await import('../trace.ts');
      await compareFiles(before, after, options);
    });
  registerExport(trace);
}

function registerExport(trace: Command): void {
  const command = trace
    .command('export')
    .description('write a trace as a file of another tool')
    .argument('<file>', FILE)
    .addOption(new Option('--format <format>', 'what to write').choices(EXPORT_FORMATS).makeOptionMandatory())
    .option('-o, --out <path>', 'file to write, must not exist; - for standard output')
    .option('--pid <n>', 'only this process', positive);
  withWindow(command).action(async (file: string, options: ExportOptions) => {
    const { exportFile } = await import('../trace-export.ts');
    await exportFile(file, options);
  });
}

const FILE = 'a trace of kv, an Ingero database or an Nsight Systems SQLite export';

const VIEWS = [
  ['stats', 'calls by function, with exact percentiles'],
  ['chains', 'why calls were slow, and what the process did while the GPU had nothing to do'],
  ['timeline', 'calls and times off CPU in order'],
  ['processes', 'processes, pods, switches, poll sleeps'],
  ['memory', 'allocations, live bytes, copies and their bandwidth'],
  ['stacks', 'where in the program the calls come from'],
  ['schema', 'format, machine, and the tables for sql'],
] as const;

function withOutput(command: Command): Command {
  return command.addOption(
    new Option('--output <format>', 'format').choices(['text', 'json']).default('text'),
  );
}

function withWindow(command: Command): Command {
  return command
    .option('--from <time>', 'since the trace began: 500ms, 4.8s', duration)
    .option('--to <time>', 'end of the window', duration);
}

/** `0s-10s` as milliseconds. */
function range(text: string): [from: number, to: number] {
  const [from = '', to = '', ...more] = text.split('-');
  const start = /^0+(?:ms|s|m|h)?$/.test(from.trim()) ? 0 : duration(from);
  const end = duration(to);
  if (more.length > 0 || end <= start) throw new InvalidArgumentError('Write it like 0s-10s.');
  return [start, end];
}
