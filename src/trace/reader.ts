import type { Database, Statement } from 'better-sqlite3';
import { KvError } from '../shared/errors.ts';
import { cleanText } from '../shared/text.ts';
import type { TraceFormat, TraceInfo, TraceReader, ViewName } from './model.ts';

type Value = number | string;

const MOST_STATEMENTS = 64;

/** What a format says of a file before anything is counted, and what it can say without counting. */
export type OpenedInfo = Omit<TraceInfo, Counted> & Partial<Pick<TraceInfo, Counted>>;
type Counted = 'durationMs' | 'calls' | 'switches';

/** Reads one open database through the common views. Assumes that the views exist. */
export class SqliteTraceReader implements TraceReader {
  readonly info: TraceInfo;
  readonly #db: Database;
  readonly #format: TraceFormat;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database, info: OpenedInfo) {
    this.#db = db;
    this.#format = info.format;
    this.info = { ...info, ...this.#extent(info), notes: [...info.notes, ...this.#selection()] };
  }

  #extent({ calls, switches, durationMs }: OpenedInfo): Pick<TraceInfo, Counted> {
    if (calls !== undefined && switches !== undefined && durationMs !== undefined)
      return { calls, switches, durationMs };
    const [first, second] = ['trace_calls', 'trace_off_cpu'].map(
      view =>
        this.query<{ n: number; upto: number | null }>(
          `SELECT count(*) AS n, max(start + dur) AS upto FROM ${view}`,
        )[0]!,
    );
    return {
      calls: first!.n,
      switches: second!.n,
      durationMs: Math.max(first!.upto ?? 0, second!.upto ?? 0) / 1e6,
    };
  }

  /** Where the recorder kept fewer rows than it saw, rates and gaps by rows mislead. kv keeps every switch it sees. */
  #selection(): string[] {
    const rows = this.query<{ what: string; seen: number; stored: number }>(
      `SELECT CASE fn WHEN 'sched_switch' THEN 'context switches' ELSE 'CUDA calls' END AS what,
         sum(count) AS seen, sum(stored) AS stored
       FROM trace_aggregates
       WHERE (fn = 'sched_switch' AND ? <> 'kv') OR layer IN ('runtime', 'driver', 'nccl') GROUP BY what`,
      [this.#format],
    );
    return rows
      .filter(({ seen, stored }) => seen > stored)
      .map(
        ({ what, seen, stored }) =>
          `${stored.toLocaleString('en')} of ${seen.toLocaleString('en')} ${what} were kept one by one; the rest are in sums only.`,
      );
  }

  select<T>(view: ViewName, tail = '', values: readonly Value[] = []): T[] {
    return this.query<T>(`SELECT * FROM ${view} ${tail}`, values);
  }

  *iterate<T>(view: ViewName, tail = '', values: readonly Value[] = []): IterableIterator<T> {
    try {
      for (const row of this.#db.prepare(`SELECT * FROM ${view} ${tail}`).iterate(...values)) {
        yield cleaned(row) as T;
      }
    } catch (error) {
      throw this.#readError(error);
    }
  }

  query<T>(sql: string, values: readonly Value[] = []): T[] {
    try {
      return this.#prepared(sql)
        .all(...values)
        .map(row => cleaned(row) as T);
    } catch (error) {
      throw this.#readError(error);
    }
  }

  /** Some analyses ask the same thousands of times. */
  #prepared(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear();
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  *rows<T extends unknown[]>(sql: string, values: readonly Value[] = []): IterableIterator<T> {
    try {
      yield* this.#db
        .prepare(sql)
        .raw()
        .iterate(...values) as IterableIterator<T>;
    } catch (error) {
      throw this.#readError(error);
    }
  }

  close(): void {
    this.#db.close();
  }

  #readError(error: unknown): unknown {
    const code = String((error as { code?: unknown }).code ?? '');
    if (!code.startsWith('SQLITE_')) return error;
    return new KvError('usage', `The trace cannot be read: ${(error as Error).message}.`, {
      hint: 'The file is damaged or not what it claims to be; record or copy it again.',
      cause: error,
    });
  }
}

/** Names of processes and functions come from strangers' files. */
function cleaned(row: unknown): unknown {
  const record = row as Record<string, unknown>;
  for (const key in record) {
    const value = record[key];
    if (typeof value === 'string') record[key] = cleanText(value);
    else if (value instanceof Uint8Array) record[key] = cleanText(Buffer.from(value).toString('utf8'));
  }
  return record;
}
