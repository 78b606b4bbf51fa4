import type { Database, Statement } from 'better-sqlite3';
import type { SpendAccount, SpendClaim, SpendEntry, SpendTotal } from './types.ts';

interface SpendRow extends Record<string, string | number | null> {
  at: number;
  session: string;
  turn: number;
  provider: string;
  model: string;
  mode: string;
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
  estimated: number;
  cost_usd: number | null;
}

/** The account in the sessions database; `guard` gives SQLite's failures their sentence. */
export class SqliteSpendAccount implements SpendAccount {
  readonly #guard: <T>(work: () => T) => T;
  readonly #add: Statement<[SpendRow]>;
  readonly #totals: Statement<[number, number], SpendTotal>;
  readonly #entries: Statement<[number, number], SpendRow>;
  readonly #claim: Statement<[SpendClaim & { at: number }]>;

  constructor(db: Database, guard: <T>(work: () => T) => T) {
    this.#guard = guard;
    this.#add = db.prepare(
      `INSERT INTO spend (at, session, turn, provider, model, mode, input, output, cache_read, cache_write, estimated, cost_usd)
       VALUES (:at, :session, :turn, :provider, :model, :mode, :input, :output, :cache_read, :cache_write, :estimated, :cost_usd)`,
    );
    this.#totals = db.prepare(
      `SELECT provider, model, sum(input + output + cache_read + cache_write) AS tokens,
         total(cost_usd) AS costUsd, sum(cost_usd IS NULL) AS unpriced
       FROM spend WHERE at >= ? AND at < ? GROUP BY provider, model`,
    );
    this.#entries = db.prepare('SELECT * FROM spend WHERE at >= ? AND at < ? ORDER BY at, rowid');
    this.#claim = db.prepare(
      `INSERT INTO budget_notices (period, budget, "limit", threshold, at)
       VALUES (:period, :budget, :limit, :threshold, :at) ON CONFLICT DO NOTHING`,
    );
  }

  add(entry: SpendEntry): void {
    this.#guard(() => this.#add.run(toRow(entry)));
  }

  totals(from: number, to: number): SpendTotal[] {
    return this.#guard(() => this.#totals.all(from, to));
  }

  entries(from: number, to: number): SpendEntry[] {
    return this.#guard(() => this.#entries.all(from, to).map(toEntry));
  }

  claim(claim: SpendClaim, at: number): boolean {
    return this.#guard(() => this.#claim.run({ ...claim, at: Math.round(at) }).changes === 1);
  }
}

function toRow(entry: SpendEntry): SpendRow {
  const { cacheRead, cacheWrite, estimated, costUsd, ...same } = entry;
  return {
    ...same,
    at: Math.round(entry.at),
    cache_read: cacheRead,
    cache_write: cacheWrite,
    estimated: estimated ? 1 : 0,
    cost_usd: costUsd,
  };
}

function toEntry(row: SpendRow): SpendEntry {
  return {
    at: row.at,
    session: row.session,
    turn: row.turn,
    provider: row.provider,
    model: row.model,
    mode: row.mode,
    input: row.input,
    output: row.output,
    cacheRead: row.cache_read,
    cacheWrite: row.cache_write,
    estimated: row.estimated === 1,
    costUsd: row.cost_usd,
  };
}
