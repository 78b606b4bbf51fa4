import { KvError } from '../shared/errors.ts';
import * as trace from '../trace/index.ts';
import { type SqlLimits, type TraceReader, VIEW_COLUMNS } from '../trace/index.ts';
import { stacksText } from './trace-stacks.ts';
import { wrap } from './trace-table.ts';
import {
  chainsText,
  compareText,
  headText,
  memoryText,
  processesText,
  sqlText,
  statsText,
  timelineText,
} from './trace-text.ts';

/** As commander parses them; times are milliseconds since the trace began. */
export interface TraceOptions {
  output: 'text' | 'json';
  from?: number;
  to?: number;
  fn?: string;
  pid?: number;
  tid?: number;
  min?: number;
  limit?: number;
  timeout?: number;
}

/** What a command shows: the object that `--output json` prints, and how it reads. */
interface Shown {
  value: unknown;
  text(width: number): string;
}

type View = (reader: TraceReader, options: TraceOptions) => Shown;

const PIPE_COLUMNS = 80;
const WIDEST = 120;
const FEWEST = 60;

function windowMs({ from, to }: TraceOptions): { fromMs?: number; toMs?: number } {
  if (from !== undefined && to !== undefined && to <= from) {
    throw new KvError('usage', `The window ends (--to ${to} ms) before it begins (--from ${from} ms).`, {
      hint: 'Write it like --from 4s --to 5s.',
    });
  }
  return { fromMs: from, toMs: to };
}

export const VIEWS = {
  stats: (reader, options) => {
    const { fn, pid, limit = 20 } = options;
    const { fromMs, toMs } = windowMs(options);
    // What was counted is known for whole traces only.
    const all = [fn, pid, fromMs, toMs].every(filter => filter === undefined);
    const value = {
      trace: reader.info,
      functions: trace.functionStats(reader, { fromMs, toMs, fn, pid }).slice(0, limit),
      totals: all ? trace.aggregateTotals(reader) : [],
      sums: all ? trace.aggregateSums(reader).slice(0, limit) : [],
    };
    return { value, text: width => `${headText(reader.info, width)}\n\n${statsText(value, width)}` };
  },
  chains: (reader, options) => {
    const stored = trace.storedChains(reader);
    const value = {
      trace: reader.info,
      chains: trace.chains(reader, windowMs(options)).slice(0, options.limit ?? 10),
      findings: trace.findings(reader, windowMs(options)).slice(0, options.limit ?? 10),
      gaps: trace.launchGaps(reader, { ...windowMs(options), limit: options.limit ?? 5 }),
      starvation: trace.starvation(reader),
      stored,
      storedSummary: trace.summarizeStored(stored)?.sentence,
    };
    return { value, text: width => `${headText(reader.info, width)}\n\n${chainsText(value, width)}` };
  },
  timeline: (reader, options) => {
    const { pid, tid, min, limit } = options;
    const value = trace.timeline(reader, { ...windowMs(options), pid, tid, minMs: min, limit });
    return { value, text: width => timelineText(value, width) };
  },
  processes: (reader, options) => {
    const value = trace.processes(reader).slice(0, options.limit);
    return { value: { processes: value }, text: width => processesText(value, width) };
  },
  memory: (reader, options) => {
    const value = trace.memoryReport(reader, { ...windowMs(options), limit: options.limit });
    return { value, text: width => memoryText(value, width) };
  },
  stacks: (reader, options) => {
    const { fn, pid, limit = 10 } = options;
    const value = trace.stackReport(reader, { ...windowMs(options), fn, pid, limit });
    return { value, text: width => `${headText(reader.info, width)}\n\n${stacksText(value, width)}` };
  },
  schema: reader => {
    const views = Object.entries(VIEW_COLUMNS).map(([name, columns]) => `${name}(${columns.join(', ')})`);
    return {
      value: { trace: reader.info, views: VIEW_COLUMNS },
      text: width =>
        `${headText(reader.info, width)}\n\nkv trace sql FILE "SELECT …" reads these, and the tables of the file.\n${views.map(view => wrap(view, width, '  ')).join('\n')}`,
    };
  },
} satisfies Record<string, View>;

/** `kv trace stats|chains|timeline|processes|memory|stacks|schema FILE`. */
export async function showTrace(
  view: keyof typeof VIEWS,
  file: string,
  options: TraceOptions,
): Promise<void> {
  const reader = await trace.openTrace(file);
  try {
    print(VIEWS[view](reader, options), options);
  } finally {
    reader.close();
  }
}

/** `kv trace sql FILE "SELECT …"`. */
export async function showSql(file: string, sql: string, options: TraceOptions): Promise<void> {
  // Says what is wrong with the file before a statement is blamed.
  (await trace.openTrace(file)).close();
  const limits: SqlLimits = {
    ...trace.DEFAULT_SQL_LIMITS,
    maxRows: options.limit ?? trace.DEFAULT_SQL_LIMITS.maxRows,
    timeoutMs: options.timeout ?? trace.DEFAULT_SQL_LIMITS.timeoutMs,
  };
  const stop = new AbortController();
  const answer = await trace.runSql(file, sql, limits, stop.signal);
  print({ value: answer, text: width => sqlText(answer, width) }, options);
}

export interface CompareOptions {
  output: 'text' | 'json';
  limit?: number;
  before?: [from: number, to: number];
  after?: [from: number, to: number];
}

/** `kv trace compare BEFORE [AFTER]`: two files, or two windows of one. */
export async function compareFiles(
  first: string,
  second: string | undefined,
  options: CompareOptions,
): Promise<void> {
  const before = await trace.openTrace(first);
  const after = second === undefined ? before : await trace.openTrace(second);
  const sideOf = (reader: TraceReader, range: CompareOptions['before']) => ({
    reader,
    window: { fromMs: range?.[0], toMs: range?.[1] },
  });
  try {
    const functions = trace
      .compareTraces(sideOf(before, options.before), sideOf(after, options.after))
      .slice(0, options.limit ?? 20);
    const lateRanks = after === before ? [] : trace.lateRanks([before, after]);
    print(
      { value: { functions, lateRanks }, text: width => compareText(functions, lateRanks, width) },
      options,
    );
  } finally {
    before.close();
    if (after !== before) after.close();
  }
}

function print({ value, text }: Shown, { output }: Pick<TraceOptions, 'output'>): void {
  const { stdout, env } = process;
  const columns = stdout.columns ?? (Number(env.COLUMNS) || PIPE_COLUMNS);
  const width = Math.max(FEWEST, Math.min(columns, WIDEST));
  stdout.write(output === 'json' ? `${JSON.stringify(value, null, 2)}\n` : `${text(width)}\n`);
}
