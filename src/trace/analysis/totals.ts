import type { TraceReader } from '../model.ts';
import { fineDistribution } from './distribution.ts';
import type { DurationsQuery, FunctionDurations } from './durations.ts';

interface Row {
  pid: number;
  fn: string;
  layer: string;
  kind: string;
  count: number;
  total: number;
  max: number;
  max_at: number;
  bytes: number | null;
  failed: number;
  first_start: number;
  first_dur: number;
  buckets: string | null;
}

/**
 * Figures of a whole recording from the sums that kv keeps beside the rows, by function (key: `layer fn`). Undefined
 * where the file has none, or they lag behind its rows because the recording was cut off or goes on.
 */
export function storedTotals(
  reader: TraceReader,
  { fn = '', pid = 0 }: DurationsQuery,
): Map<string, FunctionDurations> | undefined {
  const all = reader.select<Row>('trace_totals');
  const counted = all.reduce((sum, row) => sum + row.count, 0);
  if (counted < reader.info.calls || all.some(row => row.buckets === null)) return undefined;
  const part = fn.toLowerCase();
  const wanted = all.filter(
    row => row.fn.toLowerCase().includes(part) && (pid === 0 || row.pid === pid) && row.count > 0,
  );
  return new Map(
    [...Map.groupBy(wanted, row => `${row.layer} ${row.fn}`)].map(([key, rows]) => [key, summed(rows)]),
  );
}

function summed(rows: readonly Row[]): FunctionDurations {
  const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const longest = rows.reduce((a, b) => (b.max > a.max ? b : a));
  const byProcess: FunctionDurations['byProcess'] = new Map();
  for (const row of rows) {
    const first = { start: row.first_start, dur: row.first_dur };
    const known = byProcess.get(row.pid);
    byProcess.set(row.pid, {
      first: known && known.first.start <= first.start ? known.first : first,
      calls: (known?.calls ?? 0) + row.count,
      total: (known?.total ?? 0) + row.total,
    });
  }
  const { fn, layer, kind } = rows[0]!;
  return {
    fn,
    layer,
    kind,
    durations: fineDistribution(rows.flatMap(row => bucketPairs(row.buckets!))),
    total: sum(row => row.total),
    max: longest.max,
    maxAt: longest.max_at,
    bytes: rows.some(row => row.bytes !== null) ? sum(row => row.bytes ?? 0) : undefined,
    failed: sum(row => row.failed),
    byProcess,
  };
}

/** `[[bucket, count], …]` as files hold it; what is not that is passed over. */
export function bucketPairs(json: string): Array<[bucket: number, count: number]> {
  try {
    const pairs: unknown = JSON.parse(json);
    return Array.isArray(pairs)
      ? pairs.filter(
          (pair): pair is [number, number] => Number.isInteger(pair?.[0]) && Number.isFinite(pair?.[1]),
        )
      : [];
  } catch {
    return [];
  }
}
