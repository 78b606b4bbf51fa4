import type { Json } from '../shared/json.ts';

/** What the store needs to know of an event; the rest of it is kept as it is. */
export interface StoredEvent {
  /** Version of the event's format. */
  v: number;
  /** Counts up from 1 within a session. */
  seq: number;
  /** Unix milliseconds. */
  at: number;
  type: string;
}

export interface NewSession {
  /** Given by the store when absent. */
  id?: string;
  question: string;
  /** Anything that a list of sessions may show: model, context, mode. */
  meta?: Record<string, Json>;
}

export interface SessionRecord {
  id: string;
  question: string;
  /** The question until `setTitle`. */
  title: string;
  /** `running` until `setStatus`; a session that says so and is not in use was killed. */
  status: string;
  /** Unix milliseconds. */
  createdAt: number;
  updatedAt: number;
  /** Sequence number of the last event, 0 without events. */
  lastSeq: number;
  /** Size of its events and calls as stored. */
  bytes: number;
  meta: Record<string, Json>;
}

/** One capability call with everything that replaying it needs. */
export interface RecordedCall {
  /** Counts calls within the session. */
  call: number;
  turn: number;
  name: string;
  args: Json;
  effect: string;
  ok: boolean;
  /** JSON text as the script got it; absent for a failed call. */
  result?: string;
  error?: string;
  /** Unix milliseconds. */
  startedAt: number;
  durationMs: number;
}

/** One answer of a model, as it was paid for. Counts are tokens. */
export interface SpendEntry {
  /** Unix milliseconds. */
  at: number;
  session: string;
  turn: number;
  provider: string;
  model: string;
  mode: string;
  /** Neither read from nor written to a cache. */
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** True where the provider reported nothing and kv counted by itself. */
  estimated: boolean;
  /** US dollars; null where the price was unknown. */
  costUsd: number | null;
}

/** What one model used within a span of time. */
export interface SpendTotal {
  provider: string;
  model: string;
  /** Read and written, caches included. */
  tokens: number;
  /** US dollars of the answers whose price was known. */
  costUsd: number;
  /** Answers whose price was unknown. */
  unpriced: number;
}

/** A threshold of a budget within one period, of which people are told once. */
export interface SpendClaim {
  /** `2026-11-21`, `2026-11`. */
  period: string;
  /** `perDay.usd`. A budget whose limit was changed is another one. */
  budget: string;
  limit: number;
  /** Share of the limit: 0.8, 1. */
  threshold: number;
}

/**
 * The account of what all sessions spent, shared by all processes that use the file. It outlives the sessions:
 * neither pruning nor removing them takes anything from it. Every write is committed when the method returns.
 * Spans of time are from `from` up to but without `to`, in Unix milliseconds. All methods throw SessionError.
 */
export interface SpendAccount {
  add(entry: SpendEntry): void;
  /** By provider and model. */
  totals(from: number, to: number): SpendTotal[];
  /** In order of time. */
  entries(from: number, to: number): SpendEntry[];
  /** True for the first who claims it, over all processes. */
  claim(claim: SpendClaim, at: number): boolean;
}

/**
 * The history of sessions: append-only events, the journal of calls, and per-session state. Every write is
 * committed when the method returns, and survives `kill -9`. All methods throw SessionError (a KvError).
 */
export interface SessionStore<E extends StoredEvent = StoredEvent> {
  /** The file, or undefined for a history that ends with the process. */
  readonly path: string | undefined;
  readonly spend: SpendAccount;

  createSession(session: NewSession): SessionRecord;
  append(sessionId: string, event: E): void;
  /** In order of `seq`. */
  events(sessionId: string): IterableIterator<E>;
  setTitle(sessionId: string, title: string): void;
  setStatus(sessionId: string, status: string): void;

  /** By whole id, by its start (`2026-11-2`) or by its last part (`7f3k`). */
  find(idOrPart: string): SessionRecord;
  /** Newest first. */
  list(options?: { limit?: number }): SessionRecord[];
  latest(): SessionRecord | undefined;
  remove(sessionId: string): void;

  recordCall(sessionId: string, call: RecordedCall): void;
  /** In order of `call`. */
  calls(sessionId: string): IterableIterator<RecordedCall>;

  setState(sessionId: string, key: string, value: Json): void;
  deleteState(sessionId: string, key: string): void;
  state(sessionId: string): Map<string, Json>;

  close(): void;
}
