import type { ViewName } from './model.ts';

/**
 * The columns that every format is read through. Each format brings one SELECT a view; views it says nothing about
 * are empty. They are temporary, so the file stays untouched, and SQL that people write can use them beside the
 * tables of the file.
 */
export const VIEW_COLUMNS: Record<ViewName, readonly string[]> = {
  trace_calls: [
    'id',
    'pid',
    'tid',
    'fn',
    'layer',
    'kind',
    'start',
    'dur',
    'bytes',
    'direction',
    'stream',
    'device',
    'ret',
    'stack',
    'parent',
    'flags',
    'kernel',
    'pair',
    'comm',
    'peer',
  ],
  trace_off_cpu: [
    'pid',
    'tid',
    'start',
    'dur',
    'state',
    'runnable',
    'next_pid',
    'last_pid',
    'waker_pid',
    'syscall',
    'io',
  ],
  trace_events: ['at', 'dur', 'pid', 'tid', 'kind', 'size', 'address', 'code', 'other_pid', 'text'],
  trace_aggregates: [
    'start',
    'pid',
    'fn',
    'layer',
    'kind',
    'count',
    'stored',
    'total',
    'max',
    'bytes',
    'direction',
    'nested',
    'errors',
    'buckets',
  ],
  trace_totals: [
    'pid',
    'fn',
    'layer',
    'kind',
    'nested',
    'count',
    'total',
    'max',
    'max_at',
    'bytes',
    'failed',
    'first_start',
    'first_dur',
    'buckets',
  ],
  trace_stacks: ['stack', 'pid', 'depth', 'kind', 'name', 'module', 'offset', 'line', 'cut'],
  trace_processes: [
    'pid',
    'name',
    'namespace',
    'pod',
    'container',
    'command',
    'parent',
    'cgroup',
    'started',
    'ended',
    'exit_code',
  ],
  trace_chains: ['id', 'at', 'severity', 'fn', 'summary', 'cause', 'p99', 'p50'],
  trace_gpus: ['id', 'name', 'driver', 'memory', 'uuid'],
  trace_samples: ['at', 'name', 'value', 'gpu'],
  trace_drops: ['at', 'place', 'cpu', 'count'],
  trace_libraries: ['path', 'kind', 'status', 'probes', 'build_id', 'message'],
  trace_gpu_work: ['correlation', 'kind', 'name', 'start', 'dur', 'device', 'stream', 'bytes', 'direction'],
  trace_ranges: ['tid', 'name', 'start', 'dur'],
};

export type ViewSql = Partial<Record<ViewName, string>>;

/**
 * CREATE TEMP VIEW statements for all views. A format's SELECT may leave out columns at the end, which are NULL then;
 * `widthOf` tells how many a SELECT has.
 */
export function viewStatements(selects: ViewSql, widthOf: (sql: string) => number): string {
  return Object.entries(VIEW_COLUMNS)
    .map(([name, columns]) => {
      const select = selects[name as ViewName];
      return `CREATE TEMP VIEW ${name} (${columns.join(', ')}) AS ${padded(select, columns.length, widthOf)};`;
    })
    .join('\n');
}

function padded(select: string | undefined, wanted: number, widthOf: (sql: string) => number): string {
  const nulls = (count: number) => Array.from({ length: count }, () => 'NULL').join(', ');
  if (select === undefined) return `SELECT ${nulls(wanted)} WHERE 0`;
  const missing = wanted - widthOf(select);
  return missing > 0 ? `SELECT *, ${nulls(missing)} FROM (${select})` : select;
}

const KINDS: ReadonlyArray<readonly [string, string]> = [
  ['alloc', `fn LIKE 'cuda%Malloc%' OR fn LIKE 'cudaHostAlloc%' OR fn LIKE 'cuMem%Alloc%'`],
  ['free', `fn LIKE 'cuda%Free%' OR fn LIKE 'cuMem%Free%'`],
  ['launch', `fn LIKE '%Launch%'`],
  ['copy', `fn LIKE 'cuda%Memcpy%' OR fn LIKE 'cuMemcpy%' OR fn LIKE '%Prefetch%'`],
  ['sync', `fn LIKE '%Sync' OR fn LIKE '%Synchronize%' OR fn LIKE '%StreamWaitEvent%'`],
  ['collective', `fn LIKE 'nccl%'`],
];

/** The kind of a function by its name, as SQL over a column `fn`. */
export function kindOf(column: string): string {
  const cases = KINDS.map(([kind, test]) => `WHEN ${test.replaceAll('fn ', `${column} `)} THEN '${kind}'`);
  return `CASE ${cases.join(' ')} ELSE 'other' END`;
}

/** CUDA's copy kinds (cudaMemcpyKind, CUPTI's differ only above 3 and are mapped where they are read). */
export function directionOf(column: string): string {
  return `CASE ${column} WHEN 0 THEN 'HtoH' WHEN 1 THEN 'HtoD' WHEN 2 THEN 'DtoH' WHEN 3 THEN 'DtoD' END`;
}
