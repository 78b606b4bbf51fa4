import type { Database, Statement } from 'better-sqlite3';
import { type AggregateRecord, bucketRange, type CopyKind } from '../record/types.ts';
import { directionOf } from './calls.ts';

/** What happened between two records of one key. */
export interface AggregateDelta {
  startNs: number;
  count: number;
  sumNs: number;
  /** Exact where it is the longest so far, else what the highest bucket allows. */
  maxNs: number;
  bytes: number;
  errors: number;
  buckets: Array<readonly [bucket: number, count: number]>;
}

type Totals = Pick<AggregateRecord, 'count' | 'sumNs' | 'maxNs' | 'bytes' | 'errors' | 'buckets'>;
const NOTHING: Totals = { count: 0, sumNs: 0, maxNs: 0, bytes: 0, errors: 0, buckets: [] };

interface Known {
  timeNs: number;
  totals: Totals;
  /** Rows written that no aggregate has spoken of yet. */
  unclaimed: number;
}

/** Records of one round come within milliseconds of each other, and rounds a second apart. */
const BETWEEN_ROUNDS_NS = 2e8;
const KINDS: Readonly<Record<CopyKind, number>> = {
  none: 0,
  'host-to-host': 1,
  'host-to-device': 2,
  'device-to-host': 3,
  'device-to-device': 4,
  default: 5,
};

/** The table `aggregates`: the recorder sends totals, the file holds what each second added to them. */
export class Aggregates {
  readonly #insert: Statement;
  readonly #byProcess = new Map<number, Map<number, Known>>();
  #round = 0;
  #previousRound = 0;

  constructor(db: Database) {
    this.#insert = db.prepare(`INSERT INTO aggregates VALUES (${Array(12).fill('?').join(', ')})`);
  }

  /** A call or a stretch was written as a row. */
  written(pid: number, fn: number, kind: CopyKind, nested: boolean): void {
    this.#known(pid, fn, kind, nested).unclaimed += 1;
  }

  /** What is new in a record; undefined: nothing. */
  delta(record: AggregateRecord): AggregateDelta | undefined {
    if (record.timeNs - this.#round > BETWEEN_ROUNDS_NS) {
      this.#previousRound = this.#round;
      this.#round = record.timeNs;
    }
    const known = this.#known(record.pid, record.function, record.copyKind, record.nested);
    // A process that has ended gives its histograms back, and another may get its number.
    const before = record.count < known.totals.count ? NOTHING : known.totals;
    const startNs = Math.max(known.timeNs, this.#previousRound);
    known.totals = record;
    known.timeNs = record.timeNs;
    const count = record.count - before.count;
    if (count === 0) return undefined;
    const buckets = added(before.buckets, record.buckets);
    const highest = buckets.at(-1);
    const atMost = highest === undefined ? record.maxNs : bucketRange(highest[0]).to - 1;
    return {
      startNs: Math.min(startNs, record.timeNs),
      count,
      // Sums and buckets are read from the kernel one after another, while calls go on.
      sumNs: Math.max(0, record.sumNs - before.sumNs),
      maxNs: record.maxNs > before.maxNs ? record.maxNs : Math.min(record.maxNs, atMost),
      bytes: Math.max(0, record.bytes - before.bytes),
      errors: Math.max(0, record.errors - before.errors),
      buckets,
    };
  }

  store(record: AggregateRecord, delta: AggregateDelta): void {
    const { pid, function: fn, copyKind, nested } = record;
    const known = this.#known(pid, fn, copyKind, nested);
    const stored = Math.min(known.unclaimed, delta.count);
    known.unclaimed -= stored;
    this.#insert.run(
      delta.startNs,
      pid,
      fn,
      directionOf(copyKind),
      nested ? 1 : 0,
      delta.count,
      stored,
      delta.sumNs,
      delta.maxNs,
      delta.bytes,
      delta.errors,
      JSON.stringify(delta.buckets),
    );
  }

  #known(pid: number, fn: number, kind: CopyKind, nested: boolean): Known {
    let own = this.#byProcess.get(pid);
    if (!own) {
      own = new Map();
      this.#byProcess.set(pid, own);
    }
    const key = fn * 16 + KINDS[kind] * 2 + (nested ? 1 : 0);
    let known = own.get(key);
    if (!known) {
      known = { timeNs: 0, totals: NOTHING, unclaimed: 0 };
      own.set(key, known);
    }
    return known;
  }
}

function added(before: Totals['buckets'], after: Totals['buckets']): AggregateDelta['buckets'] {
  const counts = new Map(before);
  return after
    .map(([bucket, count]) => [bucket, count - (counts.get(bucket) ?? 0)] as const)
    .filter(([, count]) => count > 0);
}
