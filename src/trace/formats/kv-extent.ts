import type { Database } from 'better-sqlite3';
import type { TraceInfo } from '../model.ts';
import { scalar } from './format.ts';

/** Rows come in the order of their ends, but for the calls around others: the last end is among the last rows. */
const LAST = 10_000;

/**
 * How much a file of kv's own holds, without reading all of it: `totals` answer where the recording ended in order;
 * where it was cut off, or goes on, they lag behind, and where the oldest rows were given up, they say more: then
 * SQLite counts, which reads no row.
 */
export function extentOf(
  db: Database,
  meta: ReadonlyMap<string, string>,
): Pick<TraceInfo, 'calls' | 'switches' | 'durationMs'> {
  const ended = Number(meta.get('ended'));
  const hasEnded = Number.isFinite(ended) && ended > 0;
  const isWhole = hasEnded && !meta.has('kept_from');
  const summed = isWhole ? Number(scalar(db, 'SELECT coalesce(sum(count), 0) FROM totals')) : 0;
  return {
    calls: summed || Number(scalar(db, 'SELECT count(*) FROM calls')),
    switches: Number(scalar(db, 'SELECT count(*) FROM switches')),
    durationMs: (hasEnded ? ended : Math.max(lastEnd(db, 'calls'), lastEnd(db, 'switches'))) / 1e6,
  };
}

function lastEnd(db: Database, table: 'calls' | 'switches'): number {
  return Number(
    scalar(
      db,
      `SELECT coalesce(max(start + dur), 0) FROM ${table}
       WHERE rowid > (SELECT coalesce(max(rowid), 0) FROM ${table}) - ${LAST}`,
    ),
  );
}
