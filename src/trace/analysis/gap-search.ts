import type { TraceReader } from '../model.ts';
import { type WindowMs, windowOf } from './window.ts';

/** A stretch without a CUDA call of a process; `tid` made the last one before it. */
export interface Gap {
  pid: number;
  tid: number;
  at: number;
  gap: number;
}

/** Shorter ones are the breath between steps, in nanoseconds. */
const LEAST = 5_000_000;
/** Up to this many calls, sorting all of them is quick. */
const FEW_ROWS = 500_000;
/** A search for gaps of one length takes about as many look-ups as that length fits into the trace: no more than these. */
const MOST_STEPS = 2_000;
const FIRST_STEPS = 100;
/** Rows of a thread that were written late begin among so many rows after. */
const LATE_ROWS = 64;

const CUDA = `layer IN ('runtime', 'driver', 'nccl')`;
/** Says the same in a form that keeps SQLite from beginning with another table than the one that has the ids. */
const BY_ID = `coalesce(layer, '') IN ('runtime', 'driver', 'nccl')`;
const SORTED = `
SELECT pid, tid, upto AS at, start - upto AS gap FROM (
  SELECT pid, start, lag(tid) OVER (PARTITION BY pid ORDER BY start) AS tid,
    max(start + dur) OVER (PARTITION BY pid ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS upto
  FROM trace_calls WHERE ${CUDA} AND start >= ? AND start < ?)
WHERE start - upto >= ${LEAST} ORDER BY gap DESC LIMIT ?`;

/** The longest gaps of 5 ms or more. In a long trace of kv's own, those under a 2,000th of it are not looked for. */
export function findGaps(
  reader: TraceReader,
  window: WindowMs,
  callers: () => readonly number[],
  limit: number,
): Gap[] {
  const { from, to } = windowOf(window);
  if (reader.info.format !== 'kv' || reader.info.calls <= FEW_ROWS)
    return reader.query<Gap>(SORTED, [from, to, limit]);
  const pids = callers();
  const begin = Math.max(0, from);
  const end = Math.min(to, reader.info.durationMs * 1e6);
  const marks = marksOf(reader);
  const shortest = Math.max(LEAST, (end - begin) / MOST_STEPS);
  const long = Map.groupBy(longCalls(reader, shortest), call => call.pid);
  const searches = pids.map(pid => new GapSearch(reader, pid, marks, long.get(pid) ?? []));
  // Long gaps first: where there are enough of them, nothing shorter needs a search.
  for (let least = (end - begin) / FIRST_STEPS; ; least = Math.max(shortest, least / 4)) {
    const found = searches.flatMap(search => search.gaps(least, begin, end));
    if (found.length >= limit || least <= shortest)
      return found.sort((a, b) => b.gap - a.gap).slice(0, limit);
  }
}

/** Every so manieth row, to find the row at a time by. */
interface Mark {
  id: number;
  upto: number;
}

/** Of the gaps of a length, the longest are checked against so many rows on either side. */
const MOST_CHECKED = 10;
const NEAR_ROWS = 250_000;

const MARKS = 100_000;
/** How many rows are tried at once where rows of another process are ahead in time, and marks do not help. */
const STRIDE = 4_096;

function marksOf(reader: TraceReader): Mark[] {
  const [last] = reader.query<{ id: number | null }>('SELECT max(id) AS id FROM trace_calls');
  const every = Math.max(1, Math.floor((last?.id ?? 0) / MARKS));
  const marks = reader.query<Mark>(
    `WITH RECURSIVE marks(id) AS (SELECT 1 UNION ALL SELECT id + ? FROM marks WHERE id + ? <= ?)
     SELECT m.id, c.start + c.dur AS upto FROM marks m JOIN trace_calls c ON c.id = m.id`,
    [every, every, last?.id ?? 0],
  );
  // Rows of several threads may come in pieces: a time is behind a row once any before it has reached it.
  let reached = 0;
  for (const mark of marks) {
    reached = Math.max(reached, mark.upto);
    mark.upto = reached;
  }
  return marks;
}

function longCalls(reader: TraceReader, least: number): Array<Row & { pid: number }> {
  return reader.query(
    `SELECT id, pid, tid, start, start + dur AS upto FROM trace_calls WHERE dur >= ? AND ${CUDA}`,
    [least],
  );
}

interface Row {
  id: number;
  tid: number;
  start: number;
  upto: number;
}

/**
 * Finds gaps of one process without reading every row: rows are in the order of the ends of calls, so that from one
 * call the search may go on at the last one that ends within a gap's length of it.
 */
class GapSearch {
  readonly #reader: TraceReader;
  readonly #pid: number;
  readonly #marks: readonly Mark[];
  /** Calls as long as a gap, that others of the process may run beside. */
  readonly #long: readonly Row[];

  constructor(reader: TraceReader, pid: number, marks: readonly Mark[], long: readonly Row[]) {
    this.#reader = reader;
    this.#pid = pid;
    this.#marks = marks;
    this.#long = long;
  }

  gaps(least: number, from: number, to: number): Gap[] {
    const found: Array<Gap & { id: number }> = [];
    let last = this.#next(this.#idBefore(from));
    while (last && last.upto < to) {
      const near = Math.max(this.#idBefore(last.upto + least), last.id + STRIDE);
      const later = this.#within(last, near, least);
      if (later) {
        last = { ...later, upto: Math.max(last.upto, later.upto) };
        continue;
      }
      const next = this.#next(last.id);
      if (!next) break;
      const { upto, tid } = last;
      last = { ...next, upto: Math.max(next.upto, upto) };
      if (next.start - upto < least) continue;
      const start = Math.min(next.start, this.#lateStart(next.id), to);
      const around = this.#long.filter(call => call.start < start && call.upto > upto);
      const until = Math.min(start, ...around.map(call => call.start));
      if (until - upto >= least)
        found.push({ pid: this.#pid, tid, at: upto, gap: until - upto, id: next.id });
      last.upto = Math.max(last.upto, ...around.map(call => call.upto));
    }
    return found
      .sort((a, b) => b.gap - a.gap)
      .slice(0, MOST_CHECKED)
      .filter(gap => !this.#isBusy(gap))
      .map(({ id: _, ...gap }) => gap);
  }

  /** Whether a row that was written long before or after says that the process called CUDA all the same. */
  #isBusy({ id, at, gap }: Gap & { id: number }): boolean {
    const row = this.#first<{ id: number }>(
      `SELECT id FROM trace_calls WHERE id > ? AND id < ? AND start < ? AND start + dur > ?
         AND pid IS ? AND ${BY_ID} LIMIT 1`,
      [id - NEAR_ROWS, id + NEAR_ROWS, at + gap, at, this.#pid],
    );
    return row !== undefined;
  }

  /** A later call, up to an id, that begins less than `least` after this one ends: as far ahead as halving finds. */
  #within(last: Row, near: number, least: number): Row | undefined {
    for (let upTo = near; upTo > last.id; upTo = Math.floor((last.id + upTo) / 2)) {
      const later = this.#latest(last.id, upTo);
      if (!later || later.start - last.upto < least) return later;
    }
    return undefined;
  }

  /** The last marked row that ends before a time; rows of calls around others may be a little off. */
  #idBefore(time: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle]!.upto >= time) high = middle;
      else low = middle + 1;
    }
    return this.#marks[low - 1]?.id ?? 0;
  }

  /** The last call of the process with an id above `after`, up to `upTo`. */
  #latest(after: number, upTo: number): Row | undefined {
    return this.#first<Row>(
      `SELECT id, tid, start, start + dur AS upto FROM trace_calls
       WHERE id <= ? AND id > ? AND pid IS ? AND ${BY_ID} ORDER BY id DESC LIMIT 1`,
      [upTo, after, this.#pid],
    );
  }

  #next(after: number): Row | undefined {
    return this.#first<Row>(
      `SELECT id, tid, start, start + dur AS upto FROM trace_calls
       WHERE id > ? AND pid IS ? AND ${BY_ID} ORDER BY id LIMIT 1`,
      [after, this.#pid],
    );
  }

  #lateStart(id: number): number {
    const row = this.#first<{ start: number | null }>(
      'SELECT min(start) AS start FROM trace_calls WHERE id > ? AND id <= ? AND pid IS ?',
      [id, id + LATE_ROWS, this.#pid],
    );
    return row?.start ?? Number.POSITIVE_INFINITY;
  }

  #first<T>(sql: string, values: readonly number[] = []): T | undefined {
    return this.#reader.query<T>(sql, values)[0];
  }
}
